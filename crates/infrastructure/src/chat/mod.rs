//! Chat in SQL: `repository.rs` writes, `queries.rs` reads.

mod appending;
mod export;
mod pictures;
mod queries;
mod repository;
mod rows;
mod scribe;
mod tickets;
mod waiting;

pub use export::ChatExport;
pub use pictures::MessagePictures;
pub use scribe::BatchingScribe;
pub use waiting::WaitingWatch;

/// `$first, $first+1, …`: places for so many values.
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
