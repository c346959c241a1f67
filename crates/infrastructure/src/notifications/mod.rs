//! Notifications in SQL.

mod queries;
mod repository;
