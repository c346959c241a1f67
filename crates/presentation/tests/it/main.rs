//! The HTTP face, tried with a small API that uses everything once.
#![expect(unreachable_pub, reason = "a test program has no readers from outside")]

mod documents;
mod fixture;
mod forms;
mod lists;
mod middleware;
mod problems;
mod repeats;
mod sample;
