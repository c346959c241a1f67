//! The only source of "now" and of fresh ids.

use madang_domain::shared::{Id, Timestamp};

/// Tells the time. Tests replace it to stand still or to jump.
pub trait Clock: Send + Sync + 'static {
    /// The current instant, cut to microseconds.
    fn now(&self) -> Timestamp;
}

/// A fresh UUIDv7, sortable by creation time.
pub fn new_id<T>() -> Id<T> {
    Id::new(uuid::Uuid::now_v7())
}
