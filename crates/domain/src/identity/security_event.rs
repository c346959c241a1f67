//! What happened around an account, for those who have to find out later.

use std::net::IpAddr;

use crate::shared::{Timestamp, UserId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEventKind {
    /// Somebody made an account.
    SignedUp,
    /// A session began.
    LoggedIn,
    /// Guesses at a password used a budget up.
    GuessingStopped,
    /// Sessions ended before their time; the detail says why.
    SessionsEnded,
    /// A password was replaced by its owner.
    PasswordChanged,
    /// A password was replaced with a code from a mail.
    PasswordReset,
    /// An e-mail address was proven.
    EmailVerified,
    /// A phone number was proven.
    PhoneVerified,
    /// An operator suspended the account; the detail is the reason given.
    Suspended,
    /// An operator let the person in again.
    Reactivated,
    /// The account may operate the service now.
    AdminGranted,
    /// The person erased the account.
    Withdrew,
    /// The person took everything they own with them.
    Exported,
    /// A new key signs access tokens.
    KeysRotated,
    /// A login at a provider opens the account from now on; the detail names the provider.
    ProviderLinked,
    /// A login at a provider opens the account no more; the detail names the provider.
    ProviderUnlinked,
    /// Somebody else proved the address of the account to be theirs.
    AddressLost,
}

impl SecurityEventKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::SignedUp,
        Self::LoggedIn,
        Self::GuessingStopped,
        Self::SessionsEnded,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::EmailVerified,
        Self::PhoneVerified,
        Self::Suspended,
        Self::Reactivated,
        Self::AdminGranted,
        Self::Withdrew,
        Self::Exported,
        Self::KeysRotated,
        Self::ProviderLinked,
        Self::ProviderUnlinked,
        Self::AddressLost,
    ];

    /// From the stored form.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The stored form, which is the public one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "signedUp",
            Self::LoggedIn => "loggedIn",
            Self::GuessingStopped => "guessingStopped",
            Self::SessionsEnded => "sessionsEnded",
            Self::PasswordChanged => "passwordChanged",
            Self::PasswordReset => "passwordReset",
            Self::EmailVerified => "emailVerified",
            Self::PhoneVerified => "phoneVerified",
            Self::Suspended => "suspended",
            Self::Reactivated => "reactivated",
            Self::AdminGranted => "adminGranted",
            Self::Withdrew => "withdrew",
            Self::Exported => "exported",
            Self::KeysRotated => "keysRotated",
            Self::ProviderLinked => "providerLinked",
            Self::ProviderUnlinked => "providerUnlinked",
            Self::AddressLost => "addressLost",
        }
    }
}

/// One thing that happened. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What.
    pub kind: SecurityEventKind,
    /// Who did it, where it is known.
    pub actor: Option<UserId>,
    /// To whose account.
    pub subject: Option<UserId>,
    /// From which network.
    pub network: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The network of an address: `203.0.113.0/24`, `2001:db8:1::/48`.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_wider_than_a_household() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(network("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2::3"), "2001:db8:1::/48");
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut names: Vec<_> = SecurityEventKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SecurityEventKind::ALL.len());
    }
}
