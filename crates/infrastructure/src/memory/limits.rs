//! Budgets of this process.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use madang_application::shared::{Clock, Quota, RateLimiter, Standing};

use super::Budget;

const SHARDS: usize = 16;
/// Keys per shard. Full, a shard takes about a quarter of a megabyte.
const MOST: usize = 8_192;

/// Counts in memory, and in bounded memory: with more than 131,072 keys at a time the ones
/// closest to a whole budget are forgotten first.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    /// Random per process, so that nobody can choose keys that collide.
    hasher: RandomState,
    /// By hashed key: when the budget is whole again, µs.
    shards: Vec<Mutex<HashMap<u64, i64>>>,
}

impl MemoryRateLimiter {
    /// All budgets whole.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let shards = std::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { clock, hasher: RandomState::new(), shards }
    }

    fn count(&self, quota: &Quota, key: &str) -> Standing {
        let now = self.clock.now().micros();
        let hash = self.hasher.hash_one((quota.name, key));
        let shard = &self.shards[(hash >> 32) as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_at = shard.get(&hash).copied().unwrap_or(now);
        let (next, standing) = Budget::of(quota).take(whole_at, now);
        if let Some(next) = next {
            if shard.len() >= MOST {
                make_room(&mut shard, now);
            }
            shard.insert(hash, next);
        }
        standing
    }
}

/// Forgets whole budgets, which changes nothing, and if that is not enough the nearly whole ones.
fn make_room(shard: &mut HashMap<u64, i64>, now: i64) {
    shard.retain(|_, whole_at| *whole_at > now);
    if shard.len() < MOST {
        return;
    }
    let mut instants: Vec<i64> = shard.values().copied().collect();
    let (_, eighth, _) = instants.select_nth_unstable(MOST / 8);
    let eighth = *eighth;
    shard.retain(|_, whole_at| *whole_at > eighth);
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, quota: &Quota, key: &str) -> Standing {
        self.count(quota, key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use madang_domain::shared::Timestamp;

    use super::*;

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_000_000)
        }
    }

    #[test]
    fn a_flood_of_keys_takes_bounded_memory_and_spares_the_used_up() {
        let limiter = MemoryRateLimiter::new(Arc::new(Still));
        let quota = Quota { name: "test", limit: 3, window: Duration::from_mins(1) };
        for _ in 0..4 {
            limiter.count(&quota, "guesser");
        }
        for n in 0..300_000 {
            limiter.count(&quota, &n.to_string());
        }
        let kept: usize = limiter.shards.iter().map(|shard| shard.lock().expect("a lock").len()).sum();
        assert!(kept <= SHARDS * MOST, "{kept}");
        assert!(!limiter.count(&quota, "guesser").allowed, "forgotten under a flood");
    }
}
