//! What operators decide about accounts and sessions.

use std::time::Duration;

use madang_domain::identity::{Lifetimes, PasswordPolicy};

/// Section `identity` of the configuration, as far as use cases care.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// How long tokens and sessions live.
    pub lifetimes: Lifetimes,
    /// What a new password must be like.
    pub password_policy: PasswordPolicy,
    /// Whether no new password passes while whoever knows leaked ones does not answer.
    pub leak_check_required: bool,
    /// Whether failed logins use up budgets.
    pub budgets: bool,
    /// Whether signing up needs a proof that the e-mail address is one's own.
    pub require_verified_email: bool,
    /// Whether no answer may tell that an address has an account.
    pub hide_accounts: bool,
    /// How long a code lives.
    pub code_life: Duration,
    /// The least time between two codes for the same address or phone.
    pub resend: Duration,
    /// Calling codes of the countries that get text messages.
    pub sms_countries: Vec<String>,
    /// Most text messages in a day, to everybody together.
    pub sms_daily_limit: i64,
}
