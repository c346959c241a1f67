//! Chat over HTTP: `rooms.rs` and `messages.rs` have one method per operation, `dto.rs` what
//! clients send and get.

pub mod dto;
mod messages;
mod rooms;
pub mod socket;

use poem_openapi::Tags;

pub use messages::MessagesApi;
pub use rooms::RoomsApi;
pub use socket::{Ear, Hub, HubSettings, RealtimeApi};

/// The part of the document.
#[derive(Tags)]
enum Tag {
    /// Rooms and messages; what happens in them arrives live over `GET /v1/realtime`.
    Chat,
}
