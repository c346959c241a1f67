//! What tests stand on: databases, a clock that moves when told, and stand-ins for third parties.
#![expect(clippy::expect_used, reason = "for tests, where failing loudly is right")]

pub mod clock;
pub mod db;
pub mod sealer;

pub use clock::TestClock;
pub use db::TestDb;
pub use sealer::TestSealer;
