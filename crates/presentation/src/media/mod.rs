//! Pictures over HTTP.

mod api;
pub mod dto;
mod file;

use poem_openapi::Tags;

pub use api::MediaApi;
pub use dto::Media;

/// The parts of the document.
#[derive(Tags)]
enum Tag {
    /// Follow, post, reply, like.
    Community,
}
