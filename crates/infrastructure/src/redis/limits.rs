//! Budgets shared by all processes.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_application::shared::{Quota, RateLimiter, Standing};
use redis::Script;
use sha2::{Digest, Sha256};

use super::Redis;
use crate::memory::{Budget, MemoryRateLimiter, standing};

/// `Budget::take` in Lua: one round trip, atomic, on the clock of Redis. Microseconds fit in a
/// double exactly until the year 2255.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, whole = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local taken = whole_at + each - now
local spare = whole - taken
if spare < 0 then return {0, 0, -spare} end
redis.call('SET', KEYS[1], string.format('%.0f', now + taken), 'PX', math.ceil(taken / 1000))
return {1, math.floor(spare / each), taken}
";

/// Counts in Redis; without it, in this process.
pub struct RedisRateLimiter {
    redis: Arc<Redis>,
    local: Arc<MemoryRateLimiter>,
    script: Script,
}

impl RedisRateLimiter {
    /// Shared through `redis`, with `local` for the time it is away.
    pub fn new(redis: Arc<Redis>, local: Arc<MemoryRateLimiter>) -> Self {
        Self { redis, local, script: Script::new(TAKE) }
    }

    /// Hashed, because keys may hold addresses and names, at any length.
    fn name(&self, quota: &Quota, key: &str) -> String {
        let digest = Sha256::digest(key.as_bytes());
        self.redis.name(&format!("limit:{}:{}", quota.name, URL_SAFE_NO_PAD.encode(&digest[..16])))
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, quota: &Quota, key: &str) -> Standing {
        let Budget { each, whole } = Budget::of(quota);
        let mut invocation = self.script.prepare_invoke();
        invocation.key(self.name(quota, key)).arg(each).arg(whole);
        let answer: Option<(i64, i64, i64)> =
            self.redis.ask(async |mut connection| invocation.invoke_async(&mut connection).await).await;
        match answer {
            Some((allowed, remaining, reset)) => standing(allowed == 1, remaining, reset),
            None => self.local.take(quota, key).await,
        }
    }
}
