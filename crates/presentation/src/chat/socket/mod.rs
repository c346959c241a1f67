//! The socket that carries everything live, `GET /v1/realtime`.
//!
//! * [`upgrade`] lets a socket in; [`connection`] is its task: one per socket, which reads frames,
//!   runs one command at a time and writes what [`outbox`] collects.
//! * [`hub`] knows all sockets of this process, [`feed`] those that follow one room.
//! * [`ear`] hears from other processes and looks into the record for what it did not hear.
//!
//! The database is the record. What is broadcast is only a faster hint: a feed passes messages on
//! in the order of their numbers, and fetches whatever is missing in between.

mod connection;
mod ear;
mod feed;
pub mod frames;
mod hub;
mod outbox;
mod upgrade;

pub use ear::Ear;
pub use hub::{Hub, HubSettings};
pub use upgrade::RealtimeApi;
