//! What people do to each other and to posts.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    community::domain_events::{PostLiked, PostMentioned, PostReplied, UserFollowed},
    notifications::{About, NotificationKind},
    shared::Failure,
};

use super::{Notice, Teller};
use crate::shared::{Handles, Tx};

/// Tells people who follows them.
pub struct FollowNotices(Arc<Teller>);

impl FollowNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<UserFollowed> for FollowNotices {
    async fn handle(&self, tx: &mut Tx, event: UserFollowed) -> Result<(), Failure> {
        let notice = Notice {
            user: event.followee,
            actor: Some(event.follower),
            kind: NotificationKind::Follow,
            about: About::Person,
            cause: event.follower.to_string(),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells authors who answered them.
pub struct ReplyNotices(Arc<Teller>);

impl ReplyNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<PostReplied> for ReplyNotices {
    async fn handle(&self, tx: &mut Tx, event: PostReplied) -> Result<(), Failure> {
        if event.private {
            return Ok(());
        }
        let notice = Notice {
            user: event.parent_author,
            actor: Some(event.author),
            kind: NotificationKind::Reply,
            about: About::Post(event.reply.uuid()),
            cause: format!("{}:{}", event.reply, event.author),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells authors who likes their posts.
pub struct LikeNotices(Arc<Teller>);

impl LikeNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<PostLiked> for LikeNotices {
    async fn handle(&self, tx: &mut Tx, event: PostLiked) -> Result<(), Failure> {
        let notice = Notice {
            user: event.author,
            actor: Some(event.liker),
            kind: NotificationKind::Like,
            about: About::Post(event.post.uuid()),
            cause: format!("{}:{}", event.post, event.liker),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells people who named them.
pub struct MentionNotices(Arc<Teller>);

impl MentionNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<PostMentioned> for MentionNotices {
    async fn handle(&self, tx: &mut Tx, event: PostMentioned) -> Result<(), Failure> {
        for user in event.people {
            let notice = Notice {
                user,
                actor: Some(event.author),
                kind: NotificationKind::Mention,
                about: About::Post(event.post.uuid()),
                cause: format!("{}:{}", event.post, event.author),
            };
            self.0.tell(tx, notice).await?;
        }
        Ok(())
    }
}
