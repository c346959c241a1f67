//! What every adapter promises, checked on every database and with every vendor.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod broadcast;
mod calendar;
mod chat;
mod community;
mod crash;
mod idempotency;
mod identity;
mod limits;
mod migrations;
mod outbox;
mod store;
mod table;
