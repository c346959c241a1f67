//! What a person is told about.

pub mod errors;
mod notification;

pub use notification::{About, Notification, NotificationId, NotificationKind};
