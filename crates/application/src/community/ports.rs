//! What the community keeps.

use std::collections::BTreeSet;

use async_trait::async_trait;
use madang_domain::{
    community::{Mention, OccurrenceName, Post, PostId, SeriesChange},
    shared::{PictureId, Timestamp, UserId},
};

use crate::shared::Tx;

/// Who follows and who blocks whom.
#[async_trait]
pub trait RelationRepository: Send + Sync + 'static {
    /// `false` if it was so already. What the followee wrote joins the follower's feed.
    async fn follow(
        &self,
        tx: &mut Tx,
        follower: UserId,
        followee: UserId,
        at: Timestamp,
    ) -> anyhow::Result<bool>;

    /// `false` if it was not so.
    async fn unfollow(&self, tx: &mut Tx, follower: UserId, followee: UserId) -> anyhow::Result<bool>;

    /// Ends following in both directions, too. Blocking twice changes nothing.
    async fn block(&self, tx: &mut Tx, blocker: UserId, blocked: UserId, at: Timestamp)
    -> anyhow::Result<()>;

    /// Unblocking somebody who is not blocked changes nothing.
    async fn unblock(&self, tx: &mut Tx, blocker: UserId, blocked: UserId) -> anyhow::Result<()>;

    /// Muting twice changes nothing.
    async fn mute(&self, tx: &mut Tx, muter: UserId, muted: UserId, at: Timestamp) -> anyhow::Result<()>;

    /// Unmuting somebody who is not muted changes nothing.
    async fn unmute(&self, tx: &mut Tx, muter: UserId, muted: UserId) -> anyhow::Result<()>;

    /// Whether one of them blocked the other.
    async fn blocked_between(&self, tx: &mut Tx, one: UserId, other: UserId) -> anyhow::Result<bool>;

    /// Everything about this person.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}

/// Posts about one occurrence, while series are moved and cut.
#[async_trait]
pub trait OccurrenceRepository: Send + Sync + 'static {
    /// What an occurrence is called now; it stays so until the transaction ends.
    async fn settle(&self, tx: &mut Tx, name: OccurrenceName) -> anyhow::Result<OccurrenceName>;

    /// Keeps what a post was said to be about; `None` if it is about no occurrence any more.
    async fn keep(&self, tx: &mut Tx, post: PostId, name: Option<OccurrenceName>) -> anyhow::Result<()>;

    /// Brings the posts along. The same again changes nothing, and what is said in another order
    /// than it happened comes to the same. It becomes known `at`.
    async fn follow(&self, tx: &mut Tx, change: &SeriesChange, at: Timestamp) -> anyhow::Result<()>;
}

/// Posts, likes and feeds.
#[async_trait]
pub trait PostRepository: Send + Sync + 'static {
    /// The post, locked until the transaction ends, if this person may see it.
    async fn find_visible(&self, tx: &mut Tx, viewer: UserId, post: PostId) -> anyhow::Result<Option<Post>>;

    /// The same, with the root of its thread locked first: for whoever adds to a thread, changes
    /// it or takes from it, so that a thread that narrows or goes leaves nothing behind.
    async fn find_in_thread(&self, tx: &mut Tx, viewer: UserId, post: PostId)
    -> anyhow::Result<Option<Post>>;

    /// Adds a post, its tags, its place in feeds, and counts it at its parent.
    async fn add(&self, tx: &mut Tx, post: &Post, tags: &BTreeSet<String>, day: &str) -> anyhow::Result<()>;

    /// Keeps whom a post names; answers who has to hear of it: who was not named before, may see
    /// the post, listens to its author, and did not write what it answers.
    async fn name(&self, tx: &mut Tx, post: &Post, named: &[Mention]) -> anyhow::Result<Vec<UserId>>;

    /// Writes a changed post of the version before, and keeps what that was; its thread follows the
    /// visibility of a root.
    async fn change(
        &self,
        tx: &mut Tx,
        post: &Post,
        tags: &BTreeSet<String>,
        day: &str,
    ) -> anyhow::Result<()>;

    /// Makes these the pictures of a post, in this order.
    async fn hang(&self, tx: &mut Tx, post: PostId, pictures: &[PictureId]) -> anyhow::Result<()>;

    /// Deletes a post; with a root, its whole thread.
    async fn remove(&self, tx: &mut Tx, post: &Post) -> anyhow::Result<()>;

    /// `false` if it was so already.
    async fn like(&self, tx: &mut Tx, post: PostId, user: UserId, at: Timestamp) -> anyhow::Result<bool>;

    /// `false` if it was not so.
    async fn unlike(&self, tx: &mut Tx, post: PostId, user: UserId) -> anyhow::Result<bool>;

    /// Everything this person wrote and liked.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}
