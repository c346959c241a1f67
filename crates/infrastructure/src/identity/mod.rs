//! Accounts and sessions in SQL, and the cryptography behind them.

mod accounts;
mod keys;
mod queries;
mod revocations;
mod rows;
mod sessions;
mod tokens;

pub use keys::{KeyRing, PrepareKeys};
pub use revocations::{Announcements, RevocationWatch};
pub use tokens::{JwtSettings, JwtTokens};
