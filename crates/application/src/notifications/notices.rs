//! Which domain events people are told about. Nobody is told what they did themselves.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    community::domain_events::{PostLiked, PostReplied, UserFollowed},
    identity::domain_events::UserErased,
    notifications::{Notification, NotificationKind},
    shared::{Failure, UserId},
};
use uuid::Uuid;

use super::NotificationRepository;
use crate::shared::{Clock, Handles, Tx, new_id};

/// What all notices share.
struct Teller {
    repository: Arc<dyn NotificationRepository>,
    clock: Arc<dyn Clock>,
}

impl Teller {
    async fn tell(
        &self,
        tx: &mut Tx,
        (user, actor): (UserId, UserId),
        kind: NotificationKind,
        post: Option<Uuid>,
    ) -> Result<(), Failure> {
        if user == actor {
            return Ok(());
        }
        let about = post.map_or_else(|| actor.to_string(), |post| format!("{post}:{actor}"));
        let cause = format!("{kind}:{about}");
        let notification =
            Notification { id: new_id(), user, kind, actor, post, cause, created_at: self.clock.now() };
        Ok(self.repository.add(tx, &notification).await?)
    }
}

/// Tells people who follows them.
pub struct FollowNotices(Teller);

impl FollowNotices {
    /// From its ports.
    pub fn new(repository: Arc<dyn NotificationRepository>, clock: Arc<dyn Clock>) -> Self {
        Self(Teller { repository, clock })
    }
}

#[async_trait]
impl Handles<UserFollowed> for FollowNotices {
    async fn handle(&self, tx: &mut Tx, event: UserFollowed) -> Result<(), Failure> {
        self.0.tell(tx, (event.followee, event.follower), NotificationKind::Follow, None).await
    }
}

/// Tells authors who answered them.
pub struct ReplyNotices(Teller);

impl ReplyNotices {
    /// From its ports.
    pub fn new(repository: Arc<dyn NotificationRepository>, clock: Arc<dyn Clock>) -> Self {
        Self(Teller { repository, clock })
    }
}

#[async_trait]
impl Handles<PostReplied> for ReplyNotices {
    async fn handle(&self, tx: &mut Tx, event: PostReplied) -> Result<(), Failure> {
        if event.private {
            return Ok(());
        }
        let people = (event.parent_author, event.author);
        self.0.tell(tx, people, NotificationKind::Reply, Some(event.reply.uuid())).await
    }
}

/// Tells authors who likes their posts.
pub struct LikeNotices(Teller);

impl LikeNotices {
    /// From its ports.
    pub fn new(repository: Arc<dyn NotificationRepository>, clock: Arc<dyn Clock>) -> Self {
        Self(Teller { repository, clock })
    }
}

#[async_trait]
impl Handles<PostLiked> for LikeNotices {
    async fn handle(&self, tx: &mut Tx, event: PostLiked) -> Result<(), Failure> {
        self.0.tell(tx, (event.author, event.liker), NotificationKind::Like, Some(event.post.uuid())).await
    }
}

/// Erases the notifications of somebody who left.
pub struct NotificationFarewell {
    repository: Arc<dyn NotificationRepository>,
}

impl NotificationFarewell {
    /// From its port.
    pub fn new(repository: Arc<dyn NotificationRepository>) -> Self {
        Self { repository }
    }
}

#[async_trait]
impl Handles<UserErased> for NotificationFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        Ok(self.repository.erase(tx, event.user_id).await?)
    }
}
