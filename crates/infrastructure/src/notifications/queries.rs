//! `NotificationQueries` in SQL.

use anyhow::anyhow;
use async_trait::async_trait;
use madang_application::notifications::{FreshPost, NotificationQueries, NotificationView};
use madang_domain::{
    notifications::{About, NoticeSettings},
    shared::{Page, PageRequest, Timestamp, UserId},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::settings::{self, ChoiceRow, SettingsRow};
use crate::{
    community::visibility::{not_blocked, not_muted, present, visible},
    sql::SqlStore,
};

/// More unread ones are not counted.
const COUNT_UP_TO: i64 = 100;
/// More posts or people are asked for in several statements.
const AT_ONCE: usize = 300;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    user_id: Uuid,
    actor_id: Uuid,
    post_id: Option<Uuid>,
    room_id: Option<Uuid>,
    event_id: Option<Uuid>,
    count: i64,
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
            actor: (row.actor_id != row.user_id).then(|| row.actor_id.into()),
            about: About::of(row.post_id, row.room_id, row.event_id),
            count: row.count,
            created_at: Timestamp::from_micros(row.created_at),
            read_at: row.read_at.map(Timestamp::from_micros),
        })
    }
}

/// More of a group are not looked at one by one: the number is right but for those who are hidden.
const LOOK_AT: i64 = 1_000;

/// Whether `person` is nobody whom person `$1` does not want to hear of, nor suspended.
fn heard_of(person: &str) -> String {
    format!("{} AND {} AND {}", not_blocked(person), not_muted(person), present(person))
}

/// The latest of those who did what notification `n` tells whom person `$1` wants to hear of.
pub(super) fn actor() -> String {
    format!(
        "(CASE WHEN {} THEN n.actor_id ELSE (SELECT c.actor_id FROM notification_causes c \
         WHERE c.group_id = n.group_id AND {} ORDER BY c.told_as DESC LIMIT 1) END)",
        heard_of("n.actor_id"),
        heard_of("c.actor_id")
    )
}

/// How many times it happened, without those whom person `$1` does not want to hear of.
pub(super) fn count() -> String {
    format!(
        "(CASE WHEN n.count = 1 OR n.count > {LOOK_AT} OR n.group_id IS NULL THEN n.count ELSE \
         (SELECT CAST(COALESCE(sum(c.times), 0) AS bigint) FROM notification_causes c WHERE c.group_id = n.group_id AND {}) END)",
        heard_of("c.actor_id")
    )
}

/// The columns of [`Row`], of the table `n`.
fn columns() -> String {
    format!(
        "n.id, n.user_id, n.kind, {} AS actor_id, n.post_id, n.room_id, n.event_id, {} AS count, \
         n.created_at, n.read_at",
        actor(),
        count()
    )
}

/// Whether person `$1` still may know of the notification `n`.
pub(super) fn shown() -> String {
    let post = format!(
        "n.post_id IS NULL OR EXISTS (SELECT 1 FROM posts p WHERE p.id = n.post_id AND {} LIMIT 1 OFFSET 0)",
        visible()
    );
    format!("{} IS NOT NULL AND ({post})", actor())
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
            "SELECT {} FROM notifications n \
             WHERE n.user_id = $1 AND n.id < $2 {unread} AND n.in_app AND {} ORDER BY n.id DESC LIMIT $3",
            columns(),
            shown()
        );
        let rows = self.rows::<Row>(&text, [user.uuid().into(), after.into(), page.fetch().into()]).await?;
        let views = rows.into_iter().map(NotificationView::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Page::cut(views, page, NotificationView::position))
    }

    async fn unread_count(&self, user: UserId) -> anyhow::Result<i64> {
        let text = format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM notifications n \
             WHERE n.user_id = $1 AND n.read_at IS NULL AND n.in_app AND {} LIMIT $2) AS unread",
            shown()
        );
        let counted = self.row::<Count>(&text, [user.uuid().into(), COUNT_UP_TO.into()]).await?;
        Ok(counted.map_or(0, |counted| counted.n))
    }

    async fn settings(&self, user: UserId) -> anyhow::Result<NoticeSettings> {
        let head = self.row::<SettingsRow>(settings::HEAD, [user.uuid().into()]).await?;
        let choices = self.rows::<ChoiceRow>(settings::CHOICES, [user.uuid().into()]).await?;
        settings::assemble(head, choices)
    }

    async fn since(&self, id: Uuid, limit: i64) -> anyhow::Result<Vec<(UserId, NotificationView)>> {
        let text = format!(
            "SELECT {} FROM notifications n WHERE n.id > $1 AND n.read_at IS NULL AND n.in_app AND {} ORDER BY n.id LIMIT $2",
            columns().replace("$1", "n.user_id"),
            shown().replace("$1", "n.user_id")
        );
        let rows = self.rows::<Row>(&text, [id.into(), limit.into()]).await?;
        rows.into_iter().map(|row| Ok((row.user_id.into(), row.try_into()?))).collect()
    }

    async fn posts_since(&self, id: Uuid, limit: i64) -> anyhow::Result<Vec<Uuid>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
        }
        let text = "SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT $2";
        let found = self.rows::<Found>(text, [id.into(), limit.into()]).await?;
        Ok(found.into_iter().map(|found| found.id).collect())
    }

    async fn fresh_posts(&self, posts: &[Uuid], people: &[UserId]) -> anyhow::Result<Vec<FreshPost>> {
        let mut fresh = Vec::new();
        for posts in posts.chunks(AT_ONCE) {
            for people in people.chunks(AT_ONCE) {
                fresh.extend(self.fresh(posts, people).await?);
            }
        }
        Ok(fresh)
    }
}

impl SqlStore {
    async fn fresh(&self, posts: &[Uuid], people: &[UserId]) -> anyhow::Result<Vec<FreshPost>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
            author_id: Uuid,
            in_reply_to: Option<Uuid>,
            follower_id: Uuid,
        }
        let places = |first: usize, count: usize| {
            (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
        };
        let text = format!(
            "SELECT p.id, p.author_id, p.in_reply_to, w.follower_id FROM posts p \
             JOIN follows w ON w.followee_id = p.author_id \
             WHERE p.id IN ({}) AND w.follower_id IN ({}) AND {} AND {}",
            places(1, posts.len()),
            places(posts.len() + 1, people.len()),
            // The viewer is whoever follows, and not the first value.
            visible().replace("$1", "w.follower_id"),
            not_muted("p.author_id").replace("$1", "w.follower_id")
        );
        let values = posts.iter().copied().chain(people.iter().map(|person| person.uuid()));
        let found = self.rows::<Found>(&text, values.map(Into::into)).await?;
        let fresh = found.into_iter().map(|found| FreshPost {
            post: found.id,
            author: found.author_id.into(),
            in_reply_to: found.in_reply_to,
            follower: found.follower_id.into(),
        });
        Ok(fresh.collect())
    }
}
