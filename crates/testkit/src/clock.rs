//! A clock that moves when told.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use madang_application::shared::Clock;
use madang_domain::shared::Timestamp;

/// Stands still until told otherwise.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Stands at that instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(AtomicI64::new(instant.micros()))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Jumps, forward or back.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.micros(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// Wednesday, 2026-07-01T12:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_micros(1_782_907_200_000_000))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
