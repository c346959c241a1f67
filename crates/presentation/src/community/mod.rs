//! Community over HTTP.

pub mod dto;
mod posts;
mod relations;
mod search;

use poem_openapi::Tags;

pub use dto::Post;
pub use posts::PostsApi;
pub use relations::RelationsApi;
pub use search::{SearchApi, SearchResult, SearchType};

/// The parts of the document.
#[derive(Tags)]
enum Tag {
    /// Follow, post, reply, like.
    Community,
}
