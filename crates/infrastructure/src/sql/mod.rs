//! The store: one SeaORM code path for SQLite and Postgres.
