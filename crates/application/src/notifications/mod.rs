//! Turns domain events into notifications, and lists them.

mod notices;
pub mod ports;
pub mod queries;
mod service;

pub use notices::{FollowNotices, LikeNotices, NotificationFarewell, ReplyNotices};
pub use ports::NotificationRepository;
pub use queries::{NotificationQueries, NotificationView, Told};
pub use service::{NotificationService, ReadMark};
