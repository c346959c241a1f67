//! What every capability stands on: the store, the clock, transactions, budgets, housekeeping.

use std::sync::Arc;

use madang_application::shared::{
    Broadcast, Clock, HealthCheck, IdempotencyRecords, RateLimiter, Store, UnitOfWork, Worker,
};
use madang_container::{Container, Registry, WiringError};
use madang_infrastructure::{
    memory::{MemoryBroadcast, MemoryRateLimiter},
    redis::{Redis, RedisBroadcast, RedisRateLimiter},
    sql::{Housekeeping, OutboxRelay, SqlStore},
};

use super::Module;
use crate::clock::SystemClock;

/// First in the list.
pub struct Platform;

impl Module for Platform {
    type Api = ();

    fn register(registry: &mut Registry) {
        registry.bind(|| Arc::new(SystemClock) as Arc<dyn Clock>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Store>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn IdempotencyRecords>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn HealthCheck>);
        registry.service(MemoryRateLimiter::new);
        registry.bind(rate_limiter);
        registry.bind(broadcast);
        registry.service(UnitOfWork::new);
        registry.service(OutboxRelay::new);
        registry.service(Housekeeping::new);
        registry.bind(|relay: Arc<OutboxRelay>| relay as Arc<dyn Worker>);
        registry.bind(|housekeeping: Arc<Housekeeping>| housekeeping as Arc<dyn Worker>);
    }

    fn api(_: &Container) -> Result<(), WiringError> {
        Ok(())
    }
}

/// Redis, where one is configured.
pub struct RedisLink(pub Option<Arc<Redis>>);

fn rate_limiter(redis: Arc<RedisLink>, local: Arc<MemoryRateLimiter>) -> Arc<dyn RateLimiter> {
    match &redis.0 {
        Some(redis) => Arc::new(RedisRateLimiter::new(Arc::clone(redis), local)),
        None => local,
    }
}

fn broadcast(redis: Arc<RedisLink>) -> Arc<dyn Broadcast> {
    match &redis.0 {
        Some(redis) => Arc::new(RedisBroadcast::new(Arc::clone(redis))),
        None => Arc::new(MemoryBroadcast::new()),
    }
}
