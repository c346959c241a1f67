//! The socket that carries everything live, `GET /v1/realtime`.
//!
//! * [`upgrade`] lets a socket in, and [`wire`] is what it speaks; [`connection`] is its task: one per socket, which reads frames,
//!   runs one command at a time and writes what [`outbox`] collects.
//! * A frame for many is made once; [`copies`] of it differ only by how clients reach us.
//! * [`hub`] knows all sockets of this process, [`feed`] those that follow one room.
//! * [`ear`] hears from other processes and looks into the record for what it did not hear.
//!
//! The database is the record. What is broadcast is only a faster hint: a feed passes messages on
//! in the order of their numbers, and fetches whatever is missing in between.

mod connection;
mod copies;
mod ear;
mod feed;
pub mod frames;
mod hub;
mod outbox;
mod upgrade;
mod wire;

#[cfg(test)]
mod autobahn;

pub use ear::Ear;
pub use hub::{Hub, HubSettings};
pub use upgrade::RealtimeApi;
