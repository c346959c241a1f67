//! The HTTP face, tried with a small API that uses everything once.
#![expect(clippy::unwrap_used, unreachable_pub, reason = "a test program may fail loudly and has no readers")]

mod documents;
mod fixture;
mod forms;
mod lists;
mod middleware;
mod problems;
mod repeats;
mod sample;
