//! Notifications in SQL.

mod digest;
mod export;
mod push;
mod queries;
mod repository;
mod settings;

pub use digest::Postman;
pub use export::NotificationsExport;
pub use push::{PushSettings, PushWatch, WebPush};
