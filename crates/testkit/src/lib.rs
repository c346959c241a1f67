//! What tests stand on: databases, a clock that moves when told, and stand-ins for third parties.
#![expect(clippy::expect_used, reason = "for tests, where failing loudly is right")]

pub mod app;
pub mod clock;
pub mod db;
pub mod http;
pub mod inbox;
pub mod process;
pub mod providers;
pub mod proxy;
pub mod sealer;
pub mod socket;

pub use app::{PASSWORD, Person, TestApp, text};
pub use clock::TestClock;
pub use db::TestDb;
pub use http::{Call, Reply};
pub use inbox::{ReceivedMail, ReceivedText};
pub use process::{Ended, Process, TestServices};
pub use proxy::{Cable, Proxy};
pub use sealer::TestSealer;
pub use socket::Socket;
