//! The store: one SeaORM code path for SQLite and Postgres.
//!
//! [`SqlStore`] implements every SQL port of every capability; [`query`] holds the few functions
//! repositories and queries are written with, and [`dialect`] the few things that differ.

mod backup;
mod connect;
pub mod dialect;
mod errands;
mod errors;
mod health;
mod housekeeping;
mod idempotency;
mod lanes;
pub mod outbox;
#[cfg(test)]
pub(crate) mod plans;
pub mod query;
mod session;
pub(crate) mod sight;
mod store;

pub use backup::Copied;
pub use connect::{PoolSize, for_migrations};
pub use errors::broken;
pub use housekeeping::Housekeeping;
pub use outbox::{OutboxRelay, Settled};
pub use query::{containing, execute, later, row, rows, settled, sql};
pub use session::SqlSession;
pub use store::SqlStore;
