//! Signing up, logging in and staying logged in; the profile of the caller.
//!
//! People come by [`SignUpService`] (or by [`social`]), tell about themselves by [`ProfileService`],
//! log in by [`LoginService`], keep their password by [`PasswordService`] or get back in by
//! [`RecoveryService`], prove what is theirs by [`verifications`] and leave by [`WithdrawalService`];
//! [`SessionService`] is about their logins, and [`administration`] is what operators do. Every request with
//! a bearer token passes [`TokenAuthenticator`], which asks no database: it believes a signature until
//! [`SessionGate`] has heard that the session ended.

pub mod administration;
pub mod authenticator;
pub mod challenges;
pub mod directory;
pub mod export;
pub mod gate;
mod letters;
pub mod logins;
pub mod mint;
pub mod passwords;
pub mod ports;
pub mod profiles;
pub mod queries;
pub mod recovery;
mod replacement;
pub mod security_log;
pub mod sessions;
pub mod settings;
pub mod sign_up;
pub mod social;
pub mod throttle;
pub mod verifications;
pub mod withdrawal;

pub use administration::{AppointmentService, OversightService, SuspensionService};
pub use authenticator::TokenAuthenticator;
pub use challenges::{ChallengeRepository, Challenges, Codes};
pub use directory::Directory;
pub use export::ExportService;
pub use gate::SessionGate;
pub use logins::{Login, LoginService};
pub use mint::Mint;
pub use passwords::{PasswordService, Passwords};
pub use ports::{
    AccessClaims, AccessTokens, AccountRepository, Credential, Credentials, Leak, LeakedPasswords,
    PasswordHasher, PublicKey, RefreshSecrets, RevokedSessions, SessionRepository, TokenFault, Verdict,
};
pub use profiles::ProfileService;
pub use queries::{AccountQueries, AccountView, PublicProfile, SessionView, UserQueries, UserSummary};
pub use recovery::RecoveryService;
pub use replacement::Replacement;
pub use security_log::{Doer, RecordedEvent, SecurityEventQueries, SecurityEvents, SecurityLog};
pub use sessions::{Doors, Grant, SessionService, Tokens};
pub use settings::IdentitySettings;
pub use sign_up::{SignUp, SignUpService};
pub use throttle::LoginThrottle;
pub use verifications::{Addresses, EmailVerificationService, PhoneVerificationService, Phones};
pub use withdrawal::WithdrawalService;
