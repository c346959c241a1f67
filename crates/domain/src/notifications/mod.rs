//! What a person is told about.

pub mod errors;
mod notification;
mod preferences;

pub use notification::{About, Notification, NotificationId, NotificationKind};
pub use preferences::{Channels, ClockTime, NoticeSettings, QuietHours};
