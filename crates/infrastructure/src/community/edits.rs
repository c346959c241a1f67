//! What posts were before they were changed, in SQL.

use anyhow::{Context, anyhow};
use madang_application::shared::Tx;
use madang_domain::{
    community::{PostEdit, PostId, PostText, PostTitle, Visibility},
    shared::{Page, PageRequest, Position, Timestamp, UserId},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::visibility::visible;
use crate::sql::{SqlStore, execute};

#[derive(FromQueryResult)]
struct Row {
    post_id: Uuid,
    version: i64,
    title: Option<String>,
    text: String,
    date: Option<String>,
    root_visibility: String,
    narrowed_to: Option<String>,
    written_at: i64,
    replaced_at: i64,
}

impl TryFrom<Row> for PostEdit {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> anyhow::Result<Self> {
        let visibility = |text: &str| {
            text.parse::<Visibility>().map_err(|()| anyhow!("visibility {text} of post {}", row.post_id))
        };
        let root = visibility(&row.root_visibility)?;
        let narrowed = row.narrowed_to.as_deref().map(visibility).transpose()?;
        Ok(Self {
            post: row.post_id.into(),
            version: row.version,
            title: row.title.map(PostTitle::restore),
            text: PostText::restore(row.text),
            date: row.date.map(|date| date.parse()).transpose().context("date of a post")?,
            visibility: narrowed.map_or(root, |narrowed| narrowed.min(root)),
            written_at: Timestamp::from_micros(row.written_at),
            replaced_at: Timestamp::from_micros(row.replaced_at),
        })
    }
}

/// Keeps a post as it is, just before it is changed.
pub(super) async fn keep(tx: &mut Tx, post: PostId, at: Timestamp) -> anyhow::Result<()> {
    let kept = "INSERT INTO post_edits (post_id, version, title, text, date, root_visibility, narrowed_to, \
                written_at, replaced_at) SELECT p.id, p.version, p.title, p.text, p.date, p.root_visibility, \
                p.narrowed_to, coalesce(p.edited_at, p.created_at), $2 FROM posts p WHERE p.id = $1";
    execute(tx, kept, [post.uuid().into(), at.micros().into()]).await?;
    Ok(())
}

/// What the post `$2` was, latest first, before version `$3`, at most `$4`, for viewer `$1`: the SQL
/// form of `madang_domain::community::may_see_version`.
pub(super) fn list() -> String {
    let now = visible();
    let then =
        now.replace("p.root_visibility", "e.root_visibility").replace("p.narrowed_to", "e.narrowed_to");
    format!(
        "SELECT e.post_id, e.version, e.title, e.text, e.date, e.root_visibility, e.narrowed_to, e.written_at, \
         e.replaced_at FROM post_edits e JOIN posts p ON p.id = e.post_id \
         WHERE e.post_id = $2 AND e.version < $3 AND {now} AND {then} ORDER BY e.version DESC LIMIT $4"
    )
}

impl SqlStore {
    pub(super) async fn edits_of(
        &self,
        viewer: UserId,
        post: PostId,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostEdit>> {
        let before = page.after.map_or(i64::MAX, |after| after.key);
        let values = [viewer.uuid().into(), post.uuid().into(), before.into(), page.fetch().into()];
        let found: Vec<Row> = self.rows(&list(), values).await?;
        let edits = found.into_iter().map(PostEdit::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Page::cut(edits, page, |edit| Position { key: edit.version, id: edit.post.uuid() }))
    }
}
