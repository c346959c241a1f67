//! What is read of the community. Every list holds only what the viewer may see.

use async_trait::async_trait;
use jiff::civil::Date;
use madang_domain::{
    community::{Post, PostEdit, PostId},
    shared::{Page, PageRequest, PictureId, Position, SearchText, UserId},
};
use uuid::Uuid;

use crate::{calendar::queries::EventRefView, identity::queries::UserSummary, shared::Picture};

/// A post as one viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// How many like it.
    pub like_count: i64,
    /// How many direct replies reach as far as it does.
    pub reply_count: i64,
    /// Whether the viewer likes it.
    pub liked_by_me: bool,
}

impl PostView {
    /// Where it stands in a list by time.
    pub fn position(&self) -> Position {
        Position { key: 0, id: self.post.id.uuid() }
    }
}

/// A post with its author, its event and its pictures.
#[derive(Clone, Debug)]
pub struct Written {
    /// The post.
    pub view: PostView,
    /// Who wrote it.
    pub author: UserSummary,
    /// Whom it names, as far as the viewer may know of them, in the order of its text.
    pub mentions: Vec<UserSummary>,
    /// What it is about, if the viewer may see that.
    pub event: Option<EventRefView>,
    /// Its pictures, in order.
    pub pictures: Vec<Picture>,
}

/// As much of a post as stands on the day it is put on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedPost {
    /// The post.
    pub id: PostId,
    /// Its day.
    pub day: Date,
    /// The headline.
    pub title: Option<String>,
    /// The text.
    pub text: String,
}

/// Which posts; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostFilter {
    /// By this person.
    pub author: Option<UserId>,
    /// On this day or later.
    pub from: Option<Date>,
    /// Before this day.
    pub to: Option<Date>,
    /// About this event.
    pub event: Option<Uuid>,
    /// About this occurrence of it, by where its series began it.
    pub occurrence: Option<i64>,
    /// With this hashtag, as [`madang_domain::community::hashtags`] writes it.
    pub tag: Option<String>,
}

/// Which part of a discussion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discussion {
    /// The direct replies to a post, oldest first.
    Replies(PostId),
    /// A thread by its root: the root and everything below it, oldest first.
    Thread(PostId),
}

/// The read side.
#[async_trait]
pub trait CommunityQueries: Send + Sync + 'static {
    /// Whether one of them blocked the other.
    async fn blocked_between(&self, one: UserId, other: UserId) -> anyhow::Result<bool>;

    /// Who follows this person, latest first; without those hidden from the viewer.
    async fn followers(&self, viewer: UserId, of: UserId, page: &PageRequest)
    -> anyhow::Result<Page<UserId>>;

    /// Whom this person follows, latest first; without those hidden from the viewer.
    async fn following(&self, viewer: UserId, of: UserId, page: &PageRequest)
    -> anyhow::Result<Page<UserId>>;

    /// Whom this person follows and is followed by, latest first; without those hidden from the viewer.
    async fn friends(&self, viewer: UserId, of: UserId, page: &PageRequest) -> anyhow::Result<Page<UserId>>;

    /// One post.
    async fn post(&self, viewer: UserId, post: PostId) -> anyhow::Result<Option<PostView>>;

    /// Whom these posts name, those who are hidden from the viewer left out, in the order of each text.
    async fn mentions(&self, viewer: UserId, posts: &[PostId]) -> anyhow::Result<Vec<(PostId, UserId)>>;

    /// What a post was before its changes, latest first, as far as the viewer may see it.
    async fn edits(&self, viewer: UserId, post: PostId, page: &PageRequest)
    -> anyhow::Result<Page<PostEdit>>;

    /// The pictures of these posts, each post's in their order. Whoever asks has checked that the
    /// viewer may see the posts.
    async fn pictures(&self, posts: &[PostId]) -> anyhow::Result<Vec<(PostId, PictureId)>>;

    /// Posts, newest first.
    async fn posts(
        &self,
        viewer: UserId,
        filter: &PostFilter,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>>;

    /// What the viewer and those they follow put on days, from a day to before another, at most `limit`
    /// behind a place.
    async fn posts_by_day(
        &self,
        viewer: UserId,
        from: Date,
        to: Date,
        after: Option<(Date, Uuid)>,
        limit: u32,
    ) -> anyhow::Result<Vec<DatedPost>>;

    /// What the viewer and those they follow wrote, newest first.
    async fn feed(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<PostView>>;

    /// Part of a discussion, oldest first.
    async fn discussion(
        &self,
        viewer: UserId,
        part: Discussion,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>>;

    /// Posts whose title or text contains this, newest first.
    async fn search(
        &self,
        viewer: UserId,
        text: &SearchText,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>>;

    /// Those of these people who are hidden from the viewer: by a block, or because they are suspended.
    async fn hidden_among(&self, viewer: UserId, people: &[UserId]) -> anyhow::Result<Vec<UserId>>;

    /// Who likes a post, latest first; without those hidden from the viewer.
    async fn likes(&self, viewer: UserId, post: PostId, page: &PageRequest) -> anyhow::Result<Page<UserId>>;
}
