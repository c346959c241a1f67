//! A row of `posts`, and the post it is.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use madang_application::community::PostView;
use madang_domain::{
    community::{Post, PostText, PostTitle, Visibility},
    shared::{Timestamp, UserId},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::visibility::hides_anybody;

/// The columns of [`PostRow`], of the table `p`.
pub(super) const COLUMNS: &str = "p.id, p.author_id, p.title, p.text, p.event_id, p.occurrence, p.date, p.in_reply_to, \
    p.root_id, p.root_author_id, p.root_visibility, p.narrowed_to, p.like_count, p.reply_count, p.narrowed_count, p.version, p.created_at, p.edited_at";

/// What the post `p` is to viewer `$1`: whether they like it (`liked`), and whether there is anybody
/// whose likes and replies may not count for them (`hides`), which is asked once a list.
pub(super) fn seen() -> String {
    format!("{} AS liked, {} AS hides", liked("p"), hides_anybody())
}

/// Whether viewer `$1` likes a post.
pub(super) fn liked(post: &str) -> String {
    format!("EXISTS (SELECT 1 FROM likes l WHERE l.post_id = {post}.id AND l.user_id = $1 LIMIT 1 OFFSET 0)")
}

#[derive(FromQueryResult)]
pub(super) struct PostRow {
    id: Uuid,
    author_id: Uuid,
    title: Option<String>,
    text: String,
    event_id: Option<Uuid>,
    occurrence: Option<i64>,
    date: Option<String>,
    in_reply_to: Option<Uuid>,
    root_id: Uuid,
    root_author_id: Uuid,
    root_visibility: String,
    narrowed_to: Option<String>,
    like_count: i64,
    reply_count: i64,
    narrowed_count: i64,
    version: i64,
    created_at: i64,
    edited_at: Option<i64>,
}

#[derive(FromQueryResult)]
pub(super) struct ViewRow {
    #[sea_orm(nested)]
    post: PostRow,
    liked: bool,
    hides: bool,
}

impl ViewRow {
    /// The post's.
    pub(super) fn id(&self) -> Uuid {
        self.post.id
    }

    /// The id of a post whose stored counts need not be what this viewer can page through: somebody
    /// may be hidden from them, a reply may be narrower than the thread, or of the whole thread
    /// nothing reaches them but what they wrote.
    pub(super) fn unsure(&self, viewer: UserId) -> Option<Uuid> {
        let post = &self.post;
        let alone = post.author_id == viewer.uuid() && post.root_author_id != viewer.uuid();
        let unsure = post.narrowed_count > 0 || self.hides || (alone && post.reply_count > 0);
        unsure.then_some(post.id)
    }

    /// The post with its counts, or with those that were looked up for it: of likes and of replies.
    pub(super) fn counted(self, looked_up: &HashMap<Uuid, (i64, i64)>) -> anyhow::Result<PostView> {
        let stored = (self.post.like_count, self.post.reply_count);
        let (like_count, reply_count) = looked_up.get(&self.post.id).copied().unwrap_or(stored);
        Ok(PostView { post: self.post.try_into()?, like_count, reply_count, liked_by_me: self.liked })
    }
}

impl TryFrom<PostRow> for Post {
    type Error = anyhow::Error;

    fn try_from(row: PostRow) -> anyhow::Result<Self> {
        let visibility = |text: &str| {
            text.parse::<Visibility>().map_err(|()| anyhow!("visibility {text} of post {}", row.id))
        };
        Ok(Self {
            id: row.id.into(),
            author: row.author_id.into(),
            root_visibility: visibility(&row.root_visibility)?,
            narrowed: row.narrowed_to.as_deref().map(visibility).transpose()?,
            title: row.title.map(PostTitle::restore),
            text: PostText::restore(row.text),
            event: row.event_id,
            occurrence: row.occurrence,
            date: row.date.map(|date| date.parse()).transpose().context("date of a post")?,
            in_reply_to: row.in_reply_to.map(Into::into),
            root: row.root_id.into(),
            root_author: row.root_author_id.into(),
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_micros),
        })
    }
}
