//! Slows guessers down without locking anybody out.
//!
//! Only failures count. A guesser uses up the budget of the account *from its own address*, so
//! the owner, who comes from elsewhere, is not affected; a guesser who tries many accounts uses
//! up the budget of the address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madang_domain::{
    identity::errors::TOO_MANY_ATTEMPTS,
    shared::{Failure, Timestamp},
};

use super::IdentitySettings;
use crate::shared::{Clock, Quota, RateLimiter};

const PER_ACCOUNT_AND_ADDRESS: Quota =
    Quota { name: "login-failures-account", limit: 10, window: Duration::from_mins(5) };
const PER_ADDRESS: Quota =
    Quota { name: "login-failures-address", limit: 100, window: Duration::from_mins(5) };

/// More keys than this are not remembered; the shared budgets still count them.
const MOST_BLOCKS: usize = 10_000;

/// Budgets for failed logins.
pub struct LoginThrottle {
    limiter: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    settings: Arc<IdentitySettings>,
    /// Keys whose budget was found used up, so that a later right guess is refused as well.
    blocked: Mutex<HashMap<String, Timestamp>>,
}

impl LoginThrottle {
    /// Counts with this limiter.
    pub fn new(
        limiter: Arc<dyn RateLimiter>,
        clock: Arc<dyn Clock>,
        settings: Arc<IdentitySettings>,
    ) -> Self {
        Self { limiter, clock, settings, blocked: Mutex::default() }
    }

    /// Whether this address may try its luck with this account.
    ///
    /// # Errors
    /// `identity.too_many_attempts` with the seconds to wait.
    pub fn check(&self, account: &str, address: IpAddr) -> Result<(), Failure> {
        let now = self.clock.now();
        let blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        let until = [pair(account, address), address_key(address)]
            .iter()
            .filter_map(|key| blocked.get(key))
            .max()
            .filter(|until| **until > now);
        until.map_or(Ok(()), |until| Err(refusal(until.since(now))))
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// `identity.too_many_attempts` if it was one too many.
    pub async fn failed(&self, account: &str, address: IpAddr) -> Result<(), Failure> {
        if !self.settings.budgets {
            return Ok(());
        }
        let keys = [(PER_ACCOUNT_AND_ADDRESS, pair(account, address)), (PER_ADDRESS, address_key(address))];
        let mut verdict = Ok(());
        for (quota, key) in keys {
            let standing = self.limiter.take(&quota, &key).await;
            if !standing.allowed {
                self.block(key, standing.reset);
                verdict = Err(refusal(standing.reset));
            }
        }
        verdict
    }

    fn block(&self, key: String, reset: Duration) {
        let now = self.clock.now();
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        if blocked.len() >= MOST_BLOCKS {
            blocked.retain(|_, until| *until > now);
        }
        if blocked.len() < MOST_BLOCKS {
            blocked.insert(key, now.plus(reset));
        }
    }
}

fn refusal(wait: Duration) -> Failure {
    Failure::from(TOO_MANY_ATTEMPTS).retry_after(wait.as_secs().max(1))
}

fn pair(account: &str, address: IpAddr) -> String {
    format!("{account} {}", address_key(address))
}

/// One household or one server has a whole /64 of IPv6 addresses, so that is what counts.
fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_household() {
        let key = |text: &str| address_key(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
