//! Follow, post, reply and read the feed, under one visibility rule.
//!
//! [`RelationService`] is about people, [`PostService`] about what they write.

mod agenda;
mod farewell;
mod occurrences;
pub mod ports;
mod posts;
pub mod queries;
mod relations;
mod search;

pub use agenda::PostLayer;
pub use farewell::CommunityFarewell;
pub use occurrences::OccurrenceService;
pub use ports::{OccurrenceRepository, PostRepository, RelationRepository};
pub use posts::{EditPost, PostService, WritePost};
pub use queries::{CommunityQueries, DatedPost, Discussion, PostFilter, PostView, Written};
pub use relations::{Circle, RelationService};
pub use search::SearchService;
