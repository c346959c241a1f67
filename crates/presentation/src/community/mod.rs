//! Community over HTTP.

pub mod dto;
mod posts;
mod relations;

use poem_openapi::Tags;

pub use dto::Post;
pub use posts::PostsApi;
pub use relations::RelationsApi;

/// The parts of the document.
#[derive(Tags)]
enum Tag {
    /// Follow, post, reply, like.
    Community,
}
