//! Reports and feedback in SQL: `repository.rs` writes, `queries.rs` reads.

mod queries;
mod repository;
