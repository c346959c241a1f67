//! Chat: rooms of two or more people, and what they say in them.
//!
//! A room numbers its messages from 1 without gaps; the number is the order everybody sees. A
//! client names each message itself, and a repeated name is stored once.

pub mod domain_events;
pub mod errors;
mod message;
mod room;

pub use message::{ClientId, MAX_PICTURES, Message, MessageId, MessageKind, MessageText};
pub use room::{MAX_MEMBERS, Room, RoomId, RoomKind, RoomTitle};
