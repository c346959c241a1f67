//! Accounts, their names and secrets, and login sessions.
//!
//! An [`Account`] is a person: one e-mail address, one nickname, perhaps a password, and what they
//! tell about themselves. A [`LoginSession`] is one login on one device: it lives until it is
//! revoked, unused for too long or too old, and it is continued by refresh tokens of which exactly
//! one is live at a time.

pub mod account;
pub mod challenge;
pub mod completion;
pub mod domain_events;
pub mod email;
pub mod errors;
pub mod nickname;
pub mod password;
pub mod preferences;
pub mod profile;
pub mod score;
pub mod security_event;
pub mod session;
pub mod social;

pub use account::{Account, Status};
pub use email::Email;
pub use nickname::Nickname;
pub use password::{Password, PasswordPolicy};
pub use preferences::{Locale, Preferences, Theme, TimeZoneName, WeekStart};
pub use profile::{Address, Avatar, Bio, BirthDate, DisplayName, PersonName, Phone, Profile, Sex};
pub use session::{Lifetimes, LoginSession, Presented};
