//! Follows, posts and the feed in SQL.
//!
//! The feed is exact: `timeline` holds, for each person, every post of everybody they follow,
//! written in the transaction of the post, of the follow or of the unfollow, which lock the
//! author's row first. Authors with many followers or posts are *big*: their posts are not copied
//! but merged when somebody reads, who finds them by a mark on the follow. What a viewer may see is decided when reading, before the
//! limit, by `visibility`.
//!
//! Who locks more than one row does so in this order, so that nobody waits in a circle: the root of
//! a thread, posts below it, authors by id, then everything else. Rows that are only changed are
//! locked so that foreign keys may still point at them.

mod absences;
mod counts;
mod edits;
mod export;
mod feed;
mod few;
mod keeper;
mod lists;
mod mentions;
mod occurrences;
mod pictures;
#[cfg(test)]
mod plans;
mod posts;
mod queries;
mod relations;
mod rows;
mod search;
mod series;
mod ties;
mod timeline;
pub(crate) mod visibility;

pub use absences::AbsenceKeeper;
pub use export::CommunityExport;
pub use keeper::FeedKeeper;
pub use pictures::PostPictures;
pub use search::SearchIndexer;
pub use series::SeriesKeeper;
