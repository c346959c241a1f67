//! Follow, post, reply and read the feed, under one visibility rule.
//!
//! [`RelationService`] is about people, [`PostService`] about what they write.

mod agenda;
mod farewell;
pub mod ports;
mod posts;
pub mod queries;
mod relations;
mod search;

pub use agenda::PostLayer;
pub use farewell::CommunityFarewell;
pub use ports::{PostRepository, RelationRepository};
pub use posts::{EditPost, PostService, WritePost};
pub use queries::{CommunityQueries, DatedPost, Discussion, PostFilter, PostView, Written};
pub use relations::{Circle, RelationService};
pub use search::SearchService;
