//! What every adapter promises, checked on every database and with every vendor.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod idempotency;
mod migrations;
mod outbox;
mod store;
mod table;
