//! Which domain events people are told about: the one place that turns facts into notifications.
//! One file per capability that announces, one handler per fact; all of them tell through
//! [`Teller`].

mod calendar;
mod chat;
mod community;
mod identity;
mod teller;

pub use calendar::{
    CancellationNotices, InvitationNotices, JoinNotices, PromotionNotices, ReminderNotices, ResponseNotices,
};
pub use chat::{MessageNotices, RoomReading};
pub use community::{FollowNotices, LikeNotices, MentionNotices, ReplyNotices};
pub use identity::{NotificationFarewell, SecurityNotices};
pub use teller::{Notice, Teller, TellerPlan};
