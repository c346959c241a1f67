//! The business of Madang as pure values: no I/O, no clock, no randomness, nothing async.
//!
//! One folder per capability; `shared` holds what all of them speak.

pub mod calendar;
pub mod chat;
pub mod community;
pub mod identity;
pub mod media;
pub mod moderation;
pub mod notifications;
pub mod shared;
