//! What surrounds every operation, from the outside in: [`Surroundings`], [`Observe`], [`Cors`],
//! [`Headers`], [`Compress`], the catch-all (errors, panics, time-outs), [`Bounds`], [`Identify`], [`Budgets`],
//! [`Repeats`], [`Conditional`], [`Addresses`].

mod addresses;
mod bounds;
mod budgets;
mod compress;
mod conditional;
mod cors;
mod headers;
mod identify;
mod observe;
mod repeats;
mod surroundings;

pub use addresses::Addresses;
pub use bounds::Bounds;
pub use budgets::Budgets;
pub use compress::Compress;
pub use conditional::Conditional;
pub use cors::Cors;
pub use headers::Headers;
pub(super) use identify::Identified;
pub use identify::Identify;
pub use observe::Observe;
pub use repeats::Repeats;
pub use surroundings::Surroundings;
