//! What operators decide about accounts and sessions.

use madang_domain::identity::{Lifetimes, PasswordPolicy};

/// Section `identity` of the configuration, as far as use cases care.
#[derive(Clone, Copy, Debug)]
pub struct IdentitySettings {
    /// How long tokens and sessions live.
    pub lifetimes: Lifetimes,
    /// What a new password must be like.
    pub password_policy: PasswordPolicy,
    /// Whether failed logins use up budgets.
    pub budgets: bool,
}
