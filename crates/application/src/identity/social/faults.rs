//! What can go wrong at a provider, and what the person hears of it.

use madang_domain::{
    identity::errors::{
        OAUTH_ACCOUNT_REFUSED, OAUTH_ANSWER_INVALID, OAUTH_CODE_INVALID, OAUTH_CONSENT_MISSING, OAUTH_DENIED,
        OAUTH_MISCONFIGURED, OAUTH_UNAVAILABLE,
    },
    shared::{Code, Failure},
};

/// Every fault of every provider, sorted by who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderFault {
    /// The code is unknown, used, expired, or of another login: the person begins again.
    CodeInvalid,
    /// The person pressed "cancel".
    Denied,
    /// An item the login needs was not agreed to.
    ConsentMissing,
    /// The provider does not let this person in: too young, restricted, not in the test group.
    AccountRefused,
    /// Our keys, addresses or settings are wrong: operators have to do something.
    Misconfigured,
    /// Too slow, overloaded, broken, away.
    Unavailable,
    /// It was so often that nobody asks for so many seconds.
    Resting {
        /// After these it is worth another try.
        seconds: u32,
    },
    /// An answer that is not what the protocol says, or that proves nothing.
    AnswerInvalid,
}

impl ProviderFault {
    /// What the person hears.
    pub fn code(self) -> Code {
        match self {
            Self::CodeInvalid => OAUTH_CODE_INVALID,
            Self::Denied => OAUTH_DENIED,
            Self::ConsentMissing => OAUTH_CONSENT_MISSING,
            Self::AccountRefused => OAUTH_ACCOUNT_REFUSED,
            Self::Misconfigured => OAUTH_MISCONFIGURED,
            Self::Unavailable | Self::Resting { .. } => OAUTH_UNAVAILABLE,
            Self::AnswerInvalid => OAUTH_ANSWER_INVALID,
        }
    }
}

impl From<ProviderFault> for Failure {
    fn from(fault: ProviderFault) -> Self {
        match fault {
            ProviderFault::Misconfigured => Self::from(fault.code()).retry_after(300),
            ProviderFault::Unavailable | ProviderFault::AnswerInvalid => {
                Self::from(fault.code()).retry_after(5)
            }
            ProviderFault::Resting { seconds } => Self::from(fault.code()).retry_after(seconds.into()),
            ProviderFault::CodeInvalid
            | ProviderFault::Denied
            | ProviderFault::ConsentMissing
            | ProviderFault::AccountRefused => fault.code().into(),
        }
    }
}
