//! Notifications in SQL.

mod digest;
mod queries;
mod repository;
mod settings;

pub use digest::Postman;
