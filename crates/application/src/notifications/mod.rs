//! Turns domain events into notifications, and lists them.

mod digest;
mod news;
mod notices;
pub mod ports;
mod preferences;
mod push;
pub mod queries;
mod service;
mod unsubscribing;
mod words;

pub use digest::DigestService;
pub use news::{News, NewsService};
pub use notices::{
    CancellationNotices, FollowNotices, InvitationNotices, JoinNotices, LikeNotices, MentionNotices,
    MessageNotices, Notice, NotificationFarewell, PromotionNotices, ReminderNotices, ReplyNotices,
    ResponseNotices, RoomReading, SecurityNotices, Teller, TellerPlan,
};
pub use ports::{Digest, DigestLine, NotificationRepository, Unread};
pub use preferences::PreferenceService;
pub use push::{
    Device, Parcel, PushQueries, PushRepository, PushSender, PushService, PushSubscription, Pushed,
    Subscribed, SubscriptionId,
};
pub use queries::{FreshPost, NotificationQueries, NotificationView, Told};
pub use service::{NotificationService, ReadMark, UpTo};
pub use unsubscribing::{MailLinks, UnsubscribeService};
