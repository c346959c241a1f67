//! What a person is told about.

pub mod errors;
mod notification;

pub use notification::{Notification, NotificationId, NotificationKind};
