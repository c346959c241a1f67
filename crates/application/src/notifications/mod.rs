//! Turns domain events into notifications, and lists them.

mod news;
mod notices;
pub mod ports;
pub mod queries;
mod service;

pub use news::{News, NewsService};
pub use notices::{
    FollowNotices, LikeNotices, MessageNotices, Notice, NotificationFarewell, ReplyNotices, SecurityNotices,
    Teller,
};
pub use ports::NotificationRepository;
pub use queries::{FreshPost, NotificationQueries, NotificationView, Told};
pub use service::{NotificationService, ReadMark};
