//! The rules of the house as tables: what may depend on what, and what is published.
//!
//! A rule that nobody runs decays. Each table below is the rule itself; to change a rule, change its
//! table, and say why in `docs/adr/`.

mod capabilities;
mod documents;
mod layers;
mod security;
mod sources;
mod tree;
