//! Accounts and sessions in SQL, and the cryptography behind them.

mod accounts;
mod admin;
mod archive;
mod avatars;
mod challenges;
mod export;
mod keys;
mod leaked;
mod links;
pub mod oauth;
mod queries;
mod revocations;
mod rows;
mod sessions;
mod social;
mod tokens;

pub use archive::ZipArchiver;
pub use avatars::Avatars;
pub use export::IdentityExport;
pub use keys::{KeyRing, PrepareKeys};
pub use leaked::{LeakRanges, NoRanges};
pub use links::LinkWatch;
pub use revocations::{Announcements, RevocationWatch};
pub use tokens::{JwtSettings, JwtTokens};
