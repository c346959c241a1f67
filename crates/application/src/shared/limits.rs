//! Budgets: how often something may happen, counted over all processes.

use std::time::Duration;

use async_trait::async_trait;

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Names the budget in headers and keys: `login-address`.
    pub name: &'static str,
    /// How many.
    pub limit: u32,
    /// In how long.
    pub window: Duration,
}

/// Where a key stands after one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether this one was still within the budget.
    pub allowed: bool,
    /// How many remain.
    pub remaining: u32,
    /// Until the budget is whole again, or until one more is allowed if this one was not.
    pub reset: Duration,
}

/// Counts against quotas; shared by all processes where Redis is configured.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes one from the budget of `key`. Never fails: without its store it counts locally.
    async fn take(&self, quota: &Quota, key: &str) -> Standing;
}
