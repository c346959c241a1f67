//! Following people, and talking: posts, replies and who may see them.
//!
//! Friends are people who follow each other. A reply is a post; nobody sees it who may not see
//! the root of its thread.

pub mod domain_events;
pub mod errors;
mod hashtag;
mod mention;
mod occurrence;
mod post;
mod visibility;

pub use hashtag::hashtags;
pub use mention::{Mention, mentions};
pub use occurrence::{OccurrenceName, SeriesChange};
pub use post::{Post, PostEdit, PostId, PostText, PostTitle};
pub use visibility::{Relation, Visibility, may_see, may_see_version};
