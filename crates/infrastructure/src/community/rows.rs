//! A row of `posts`, and the post it is.

use anyhow::{Context, anyhow};
use madang_application::community::PostView;
use madang_domain::{
    community::{Post, PostText, PostTitle, Visibility},
    shared::Timestamp,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::visibility::{APART, BLOCKS_ANYBODY};

/// The columns of [`PostRow`], of the table `p`.
pub(super) const COLUMNS: &str = "p.id, p.author_id, p.title, p.text, p.event_id, p.occurrence, p.date, p.in_reply_to, \
    p.root_id, p.root_author_id, p.root_visibility, p.narrowed_to, p.like_count, p.reply_count, p.version, p.created_at, p.edited_at";

/// What the post `p` is to viewer `$1`: whether they like it (`liked`), and how many of its likes and
/// replies come from people whom they blocked, or who blocked them, and so do not count for them.
///
/// Most people block nobody, which is asked once a list. The inner questions are single values
/// because Postgres would make joins of anything else, and read all likes of a post.
pub(super) fn seen() -> String {
    let likes = "count((SELECT 1 FROM likes l WHERE l.post_id = p.id AND l.user_id = apart.id))";
    let replies = "CAST(coalesce(sum((SELECT count(*) FROM posts r WHERE r.in_reply_to = p.id \
                   AND r.author_id = apart.id AND r.narrowed_to IS NULL)), 0) AS bigint)";
    let hidden = |total: &str, what: &str| {
        format!(
            "CASE WHEN p.{total} > 0 AND {BLOCKS_ANYBODY} THEN (SELECT {what} FROM {APART} apart) ELSE 0 END"
        )
    };
    format!(
        "EXISTS (SELECT 1 FROM likes l WHERE l.post_id = p.id AND l.user_id = $1 LIMIT 1 OFFSET 0) AS liked, \
         {} AS hidden_likes, {} AS hidden_replies",
        hidden("like_count", likes),
        hidden("reply_count", replies)
    )
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
    version: i64,
    created_at: i64,
    edited_at: Option<i64>,
}

#[derive(FromQueryResult)]
pub(super) struct ViewRow {
    #[sea_orm(nested)]
    post: PostRow,
    liked: bool,
    hidden_likes: i64,
    hidden_replies: i64,
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
        let like_count = row.post.like_count - row.hidden_likes;
        let reply_count = row.post.reply_count - row.hidden_replies;
        Ok(Self { post: row.post.try_into()?, like_count, reply_count, liked_by_me: row.liked })
    }
}
