//! Logging in at other services, and linking them to an account.
//!
//! [`SocialService`] knows the steps and the rules, [`Providers`] the protocols. A login is a row in
//! the database from its first step to its last, so any process can take the next one, and each
//! step can be taken once.

mod farewell;
pub mod faults;
pub mod ports;
pub mod service;
pub mod sweep;
pub mod ways;

pub use farewell::Farewell;
pub use faults::ProviderFault;
pub use ports::{
    Application, Arrival, Consented, DueLink, IdentityView, Link, Linked, Login, Notice, ProviderInfo,
    Providers, Round, Secrets, SocialQueries, SocialRepository, Transaction, WaysIn,
};
pub use service::{Beginning, Outset, Return, SocialService, SocialSettings};
pub use sweep::{CHECK_EVERY, LinkSweep, Swept};
pub use ways::WaysService;
