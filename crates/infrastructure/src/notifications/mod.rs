//! Notifications in SQL.

mod digest;
mod push;
mod queries;
mod repository;
mod settings;

pub use digest::Postman;
pub use push::{PushSettings, PushWatch, WebPush};
