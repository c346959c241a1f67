//! The whole program over HTTP, feature by feature; names of tests begin with the feature's id.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod architecture;
mod backup;
mod calendar;
mod chat;
mod community;
mod examples;
mod framing;
mod fuzz;
mod identity;
mod media;
mod moderation;
mod notifications;
mod plans;
mod platform;
mod preconditions;
mod process;
mod push;
mod strict;
mod unsubscribing;
