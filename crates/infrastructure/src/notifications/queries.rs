//! `NotificationQueries` in SQL.

use anyhow::anyhow;
use async_trait::async_trait;
use madang_application::notifications::{NotificationQueries, NotificationView};
use madang_domain::shared::{Page, PageRequest, Timestamp, UserId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    community::visibility::{not_blocked, visible},
    sql::SqlStore,
};

/// More unread ones are not counted.
const COUNT_UP_TO: i64 = 100;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    actor_id: Uuid,
    post_id: Option<Uuid>,
    created_at: i64,
    read_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

impl TryFrom<Row> for NotificationView {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> anyhow::Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: row.kind.parse().map_err(|()| anyhow!("kind {} of notification {}", row.kind, row.id))?,
            actor: row.actor_id.into(),
            post: row.post_id,
            created_at: Timestamp::from_micros(row.created_at),
            read_at: row.read_at.map(Timestamp::from_micros),
        })
    }
}

/// Whether person `$1` still may know of the notification `n`.
fn shown() -> String {
    let post = format!(
        "n.post_id IS NULL OR EXISTS (SELECT 1 FROM posts p WHERE p.id = n.post_id AND {})",
        visible()
    );
    format!("{} AND ({post})", not_blocked("n.actor_id"))
}

#[async_trait]
impl NotificationQueries for SqlStore {
    async fn notifications(
        &self,
        user: UserId,
        unread_only: bool,
        page: &PageRequest,
    ) -> anyhow::Result<Page<NotificationView>> {
        let after = page.after.map_or(Uuid::max(), |after| after.id);
        let unread = if unread_only { "AND n.read_at IS NULL" } else { "" };
        let text = format!(
            "SELECT n.id, n.kind, n.actor_id, n.post_id, n.created_at, n.read_at FROM notifications n \
             WHERE n.user_id = $1 AND n.id < $2 {unread} AND {} ORDER BY n.id DESC LIMIT $3",
            shown()
        );
        let rows = self.rows::<Row>(&text, [user.uuid().into(), after.into(), page.fetch().into()]).await?;
        let views = rows.into_iter().map(NotificationView::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Page::cut(views, page, NotificationView::position))
    }

    async fn unread_count(&self, user: UserId) -> anyhow::Result<i64> {
        let text = format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM notifications n \
             WHERE n.user_id = $1 AND n.read_at IS NULL AND {} LIMIT $2) AS unread",
            shown()
        );
        let counted = self.row::<Count>(&text, [user.uuid().into(), COUNT_UP_TO.into()]).await?;
        Ok(counted.map_or(0, |counted| counted.n))
    }
}
