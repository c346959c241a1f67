//! What every use case relies on: transactions, the caller, the clock, domain events, workers.

pub mod caller;
pub mod clock;
pub mod domain_events;
pub mod health;
pub mod limits;
pub mod tx;
pub mod worker;

pub use caller::{Caller, Origin, Role};
pub use clock::{Clock, new_id};
pub use domain_events::{Handles, Subscriber, on};
pub use health::HealthCheck;
pub use limits::{Quota, RateLimiter, Standing};
pub use tx::{Envelope, OnceKey, Session, Store, Tx, UnitOfWork};
pub use worker::{StartupTask, Worker};
