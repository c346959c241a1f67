//! Chat in SQL: `repository.rs` writes, `queries.rs` reads.

mod queries;
mod repository;
mod rows;
mod tickets;
mod waiting;

pub use waiting::WaitingWatch;

/// `$first, $first+1, …`: places for so many values.
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
