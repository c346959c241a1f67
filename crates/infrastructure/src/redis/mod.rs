//! Adapters that share with the other processes through Redis. It holds nothing that may not be
//! lost: without it each process counts and broadcasts for itself.

mod broadcast;
mod denylist;
mod limits;
mod link;

pub use broadcast::RedisBroadcast;
pub use denylist::Denylist;
pub use limits::RedisRateLimiter;
pub use link::Redis;
