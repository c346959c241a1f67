//! What is read of notifications.

use async_trait::async_trait;
use madang_domain::{
    notifications::{NotificationId, NotificationKind},
    shared::{Page, PageRequest, Position, Timestamp, UserId},
};
use uuid::Uuid;

use crate::identity::queries::UserSummary;

/// A notification as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationView {
    /// Its id.
    pub id: NotificationId,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it.
    pub actor: UserId,
    /// The post it is about.
    pub post: Option<Uuid>,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

impl NotificationView {
    /// Where it stands in a list by time.
    pub fn position(&self) -> Position {
        Position { key: 0, id: self.id.uuid() }
    }
}

/// A notification with the person who caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The notification.
    pub view: NotificationView,
    /// Who did it.
    pub actor: UserSummary,
}

/// The read side. Nothing that hidden people did, and nothing about hidden posts, is shown or counted.
#[async_trait]
pub trait NotificationQueries: Send + Sync + 'static {
    /// Newest first.
    async fn notifications(
        &self,
        user: UserId,
        unread_only: bool,
        page: &PageRequest,
    ) -> anyhow::Result<Page<NotificationView>>;

    /// How many are unread, counted up to 100.
    async fn unread_count(&self, user: UserId) -> anyhow::Result<i64>;
}
