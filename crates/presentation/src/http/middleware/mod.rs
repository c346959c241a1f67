//! What surrounds every operation, from the outside in: [`Observe`], [`Cors`], [`Headers`],
//! compression, `Problems` (errors, panics, time-outs), [`Budgets`], [`Repeats`], [`Conditional`].

mod budgets;
mod conditional;
mod cors;
mod headers;
mod observe;
mod repeats;

pub use budgets::Budgets;
pub use conditional::Conditional;
pub use cors::Cors;
pub use headers::Headers;
pub use observe::Observe;
pub use repeats::Repeats;
