//! What others may hear about accounts and sessions.

use serde::{Deserialize, Serialize};

use crate::shared::{DomainEvent, SessionId, UserId};

/// Somebody has an account now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSignedUp {
    /// Who.
    pub user_id: UserId,
    /// Under which nickname.
    pub nickname: String,
    /// The zone of times they give without one (IANA).
    pub time_zone: String,
    /// The language they read (BCP 47).
    pub locale: String,
}

impl DomainEvent for UserSignedUp {
    const NAME: &'static str = "identity.user_signed_up";
}

/// An account and everything personal in `identity` is gone; the others erase what they keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErased {
    /// Who it was.
    pub user_id: UserId,
}

impl DomainEvent for UserErased {
    const NAME: &'static str = "identity.user_erased";
}

/// An operator shut somebody out. What they wrote is not to be shown until they are back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSuspended {
    /// Who.
    pub user_id: UserId,
}

impl DomainEvent for UserSuspended {
    const NAME: &'static str = "identity.user_suspended";
}

/// An operator let somebody in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserReactivated {
    /// Who.
    pub user_id: UserId,
}

impl DomainEvent for UserReactivated {
    const NAME: &'static str = "identity.user_reactivated";
}

/// What others show of a person changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChanged {
    /// Whose profile.
    pub user_id: UserId,
    /// The nickname from now on.
    pub nickname: String,
}

impl DomainEvent for ProfileChanged {
    const NAME: &'static str = "identity.profile_changed";
}

/// Why sessions were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Their owner logged out or ended them from a list.
    LoggedOut,
    /// A refresh token was used a second time: it may have been stolen.
    TokenReused,
    /// The password changed.
    PasswordChanged,
    /// The password was forgotten, and replaced with a code from a mail.
    PasswordReset,
    /// Another phone number was proven.
    PhoneChanged,
    /// An operator suspended the account.
    Suspended,
    /// The account is gone.
    Erased,
    /// A provider ended its part, or the person cut the link to it.
    Unlinked,
    /// Somebody else proved to own the e-mail address of the account.
    AddressLost,
}

impl RevocationReason {
    /// One word for logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged out",
            Self::TokenReused => "refresh token reused",
            Self::PasswordChanged => "password changed",
            Self::PasswordReset => "password reset",
            Self::PhoneChanged => "phone changed",
            Self::Suspended => "suspended",
            Self::Erased => "withdrew",
            Self::Unlinked => "provider unlinked",
            Self::AddressLost => "address lost",
        }
    }
}

/// Sessions ended before their time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsRevoked {
    /// Whose sessions.
    pub user_id: UserId,
    /// Which sessions.
    pub session_ids: Vec<SessionId>,
    /// Why.
    pub reason: RevocationReason,
}

impl DomainEvent for SessionsRevoked {
    const NAME: &'static str = "identity.sessions_revoked";
}
