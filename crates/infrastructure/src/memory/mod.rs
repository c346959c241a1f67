//! Adapters that keep everything in this process: right for one process, and the fallback for
//! several.

mod broadcast;
mod gcra;
mod limits;

pub use broadcast::MemoryBroadcast;
pub use limits::MemoryRateLimiter;

pub(crate) use gcra::{Budget, standing};
