//! What goes in and out, as JSON.

use madang_application::notifications as app;
use madang_domain::notifications;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    http::{IdOrInstant, Ident, Instant},
    identity::UserSummary,
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum NotificationKind {
    /// Somebody follows you.
    Follow,
    /// Somebody answered your post.
    Reply,
    /// Somebody likes your post.
    Like,
    /// Somebody named you in a post.
    Mention,
    /// Somebody wrote to you while you were away.
    Message,
    /// Something happened to your logins.
    Security,
    /// You are invited to an event.
    Invitation,
    /// Somebody answered an invitation to your event.
    Response,
    /// Somebody joined your event, or waits for a seat.
    Join,
    /// You waited for a seat, and have one now.
    Promotion,
    /// An event that you were to come to does not take place.
    Cancellation,
    /// You wanted to be reminded of an event.
    Reminder,
}

impl From<notifications::NotificationKind> for NotificationKind {
    fn from(kind: notifications::NotificationKind) -> Self {
        match kind {
            notifications::NotificationKind::Follow => Self::Follow,
            notifications::NotificationKind::Reply => Self::Reply,
            notifications::NotificationKind::Like => Self::Like,
            notifications::NotificationKind::Mention => Self::Mention,
            notifications::NotificationKind::Message => Self::Message,
            notifications::NotificationKind::Security => Self::Security,
            notifications::NotificationKind::Invitation => Self::Invitation,
            notifications::NotificationKind::Response => Self::Response,
            notifications::NotificationKind::Join => Self::Join,
            notifications::NotificationKind::Promotion => Self::Promotion,
            notifications::NotificationKind::Cancellation => Self::Cancellation,
            notifications::NotificationKind::Reminder => Self::Reminder,
        }
    }
}

impl From<NotificationKind> for notifications::NotificationKind {
    fn from(kind: NotificationKind) -> Self {
        match kind {
            NotificationKind::Follow => Self::Follow,
            NotificationKind::Reply => Self::Reply,
            NotificationKind::Like => Self::Like,
            NotificationKind::Mention => Self::Mention,
            NotificationKind::Message => Self::Message,
            NotificationKind::Security => Self::Security,
            NotificationKind::Invitation => Self::Invitation,
            NotificationKind::Response => Self::Response,
            NotificationKind::Join => Self::Join,
            NotificationKind::Promotion => Self::Promotion,
            NotificationKind::Cancellation => Self::Cancellation,
            NotificationKind::Reminder => Self::Reminder,
        }
    }
}

/// Something the caller is told.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id.
    pub id: Ident<notifications::Notification>,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it, the latest of several; null where the service itself speaks.
    pub actor: Option<UserSummary>,
    /// The post it is about: the reply, or the post that is liked.
    pub post_id: Option<Ident<Uuid>>,
    /// The room it is about.
    pub room_id: Option<Ident<Uuid>>,
    /// The event it is about.
    pub event_id: Option<Ident<Uuid>>,
    /// How often it happened: likes of one post, messages of one room, and answers and joins of one
    /// event are one notification while it is unread.
    pub count: i64,
    /// When it happened.
    pub created_at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

impl From<app::Told> for Notification {
    fn from(told: app::Told) -> Self {
        let (post, room, event) = told.view.about.parts();
        let ident = |id: Option<Uuid>| id.map(|id| Ident(id.into()));
        Self {
            id: told.view.id.into(),
            kind: told.view.kind.into(),
            actor: told.actor.map(Into::into),
            post_id: ident(post),
            room_id: ident(room),
            event_id: ident(event),
            count: told.view.count,
            created_at: told.view.created_at.into(),
            read_at: told.view.read_at.map(Into::into),
        }
    }
}

/// How many are unread.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct UnreadCount {
    /// Counted up to 100.
    pub count: i64,
}

/// Which notifications were read: all of them, if nothing is named.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct MarkRead {
    /// These.
    #[oai(validator(max_items = 100))]
    pub ids: Option<Vec<Ident<notifications::Notification>>>,
    /// Everything up to here: the id of a notification, which is read with all older ones, or an
    /// instant, such as the `createdAt` of one.
    pub up_to: Option<IdOrInstant<notifications::Notification>>,
}

impl From<MarkRead> for app::ReadMark {
    fn from(mark: MarkRead) -> Self {
        Self {
            ids: mark.ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            up_to: mark.up_to.map(|up_to| match up_to {
                IdOrInstant::Id(id) => app::UpTo::Notification(id),
                IdOrInstant::Instant(instant) => app::UpTo::Instant(instant),
            }),
        }
    }
}
