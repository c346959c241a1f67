//! What others may hear about people and posts.

use serde::{Deserialize, Serialize};

use super::PostId;
use crate::shared::{DomainEvent, UserId};

/// Somebody follows somebody now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFollowed {
    /// Who follows.
    pub follower: UserId,
    /// Who is followed.
    pub followee: UserId,
}

impl DomainEvent for UserFollowed {
    const NAME: &'static str = "community.user_followed";
}

/// Somebody blocked somebody: neither sees the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBlocked {
    /// Who blocked.
    pub blocker: UserId,
    /// Who is blocked.
    pub blocked: UserId,
}

impl DomainEvent for UserBlocked {
    const NAME: &'static str = "community.user_blocked";
}

/// A post answers another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostReplied {
    /// The reply.
    pub reply: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// The post it answers.
    pub parent: PostId,
    /// Who wrote that.
    pub parent_author: UserId,
    /// Whether nobody but its author sees the reply.
    pub private: bool,
}

impl DomainEvent for PostReplied {
    const NAME: &'static str = "community.post_replied";
}

/// Somebody likes a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostLiked {
    /// The post.
    pub post: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// Who likes it.
    pub liker: UserId,
}

impl DomainEvent for PostLiked {
    const NAME: &'static str = "community.post_liked";
}

/// A post names people. Said once for each of them, however often the post is changed; not said of
/// its author, of whoever may not see the post or does not want to hear of its author, nor of whom
/// the post answers, because they hear of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostMentioned {
    /// The post.
    pub post: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// Who is named.
    pub people: Vec<UserId>,
}

impl DomainEvent for PostMentioned {
    const NAME: &'static str = "community.post_mentioned";
}
