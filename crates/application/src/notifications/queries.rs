//! What is read of notifications.

use async_trait::async_trait;
use madang_domain::{
    notifications::{About, NoticeSettings, NotificationId, NotificationKind},
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
    /// Who did it, the latest of several; `None` where the service itself speaks.
    pub actor: Option<UserId>,
    /// What it leads to.
    pub about: About,
    /// How often it happened.
    pub count: i64,
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
    /// Who did it, the latest of several; `None` where the service itself speaks.
    pub actor: Option<UserSummary>,
}

/// A post that is new to somebody who follows its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshPost {
    /// The post.
    pub post: Uuid,
    /// Who wrote it.
    pub author: UserId,
    /// The post it answers.
    pub in_reply_to: Option<Uuid>,
    /// Who follows the author, and may see the post.
    pub follower: UserId,
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

    /// How somebody wants to be told.
    async fn settings(&self, user: UserId) -> anyhow::Result<NoticeSettings>;

    /// Those with an id above this one that their people may be shown, oldest first; at most
    /// `limit`.
    async fn since(&self, id: Uuid, limit: i64) -> anyhow::Result<Vec<(UserId, NotificationView)>>;

    /// The ids of posts above this one; at most `limit`.
    async fn posts_since(&self, id: Uuid, limit: i64) -> anyhow::Result<Vec<Uuid>>;

    /// Who of these people follows the authors of these posts and may see them.
    async fn fresh_posts(&self, posts: &[Uuid], people: &[UserId]) -> anyhow::Result<Vec<FreshPost>>;
}
