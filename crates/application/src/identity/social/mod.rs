//! Logging in at other services, and linking them to an account.
//!
//! [`SocialService`] knows the steps, [`Providers`] the protocols. A login is a row in the database from
//! its first step to its last ([`Journeys`]), so any process can take the next one, and each step can be
//! taken once. [`Admission`] decides who gets in, [`Newcomers`] makes accounts, [`Links`] ties them to
//! subjects at providers. Owners cut links with [`WaysService`], providers with [`SeveranceService`], and
//! [`LinkSweep`] asks those who tell only once.

pub mod admission;
mod farewell;
pub mod faults;
pub mod journeys;
pub mod links;
pub mod newcomers;
pub mod ports;
pub mod secrecy;
pub mod service;
pub mod severance;
pub mod sweep;
pub mod ways;

pub use admission::Admission;
pub use farewell::Farewell;
pub use faults::ProviderFault;
pub use journeys::{Journeys, Return};
pub use links::Links;
pub use newcomers::Newcomers;
pub use ports::{
    Application, Arrival, Consented, DueLink, IdentityView, Link, Linked, Login, Notice, ProviderInfo,
    Providers, Round, Secrets, SocialQueries, SocialRepository, Transaction, WaysIn,
};
pub use secrecy::Secrecy;
pub use service::{Beginning, Outset, SocialService, SocialSettings};
pub use severance::SeveranceService;
pub use sweep::{CHECK_EVERY, LinkSweep, Swept};
pub use ways::WaysService;
