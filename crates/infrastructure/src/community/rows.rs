//! A row of `posts`, and the post it is.

use anyhow::{Context, anyhow};
use madang_application::community::PostView;
use madang_domain::{
    community::{Post, PostText, PostTitle, Visibility},
    shared::Timestamp,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The columns of [`PostRow`], of the table `p`.
pub(super) const COLUMNS: &str = "p.id, p.author_id, p.title, p.text, p.event_id, p.occurrence, p.date, p.in_reply_to, \
    p.root_id, p.root_author_id, p.root_visibility, p.narrowed_to, p.like_count, p.reply_count, p.version, p.created_at, p.edited_at";

/// Whether viewer `$1` likes the post `p`, as column `liked`.
pub(super) const LIKED: &str =
    "EXISTS (SELECT 1 FROM likes l WHERE l.post_id = p.id AND l.user_id = $1 LIMIT 1 OFFSET 0) AS liked";

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
    version: i64,
    created_at: i64,
    edited_at: Option<i64>,
}

#[derive(FromQueryResult)]
pub(super) struct ViewRow {
    #[sea_orm(nested)]
    post: PostRow,
    liked: bool,
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

impl TryFrom<ViewRow> for PostView {
    type Error = anyhow::Error;

    fn try_from(row: ViewRow) -> anyhow::Result<Self> {
        let (like_count, reply_count) = (row.post.like_count, row.post.reply_count);
        Ok(Self { post: row.post.try_into()?, like_count, reply_count, liked_by_me: row.liked })
    }
}
