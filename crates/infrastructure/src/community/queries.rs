//! `CommunityQueries` in SQL: one statement a list, visibility before the limit.

use async_trait::async_trait;
use jiff::civil::Date;
use madang_application::community::{CommunityQueries, DatedPost, Discussion, PostFilter, PostView};
use madang_domain::{
    community::{PostEdit, PostId},
    shared::{Page, PageRequest, PictureId, Position, SearchText, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    lists, pictures,
    relations::BLOCKED,
    rows::{COLUMNS, ViewRow, seen},
    search,
    visibility::visible,
};
use crate::sql::{SqlStore, containing};

/// A person in a list, and the id of the row that put them there.
#[derive(FromQueryResult)]
struct Member {
    id: Uuid,
    person: Uuid,
}

/// A post on its day.
#[derive(FromQueryResult)]
struct DayRow {
    id: Uuid,
    day: String,
    title: Option<String>,
    text: String,
}

impl DayRow {
    fn post(self) -> anyhow::Result<DatedPost> {
        Ok(DatedPost { id: self.id.into(), day: self.day.parse()?, title: self.title, text: self.text })
    }
}

/// Behind every id a page can begin with, for lists that run down.
pub(super) const ABOVE_ALL: Uuid = Uuid::max();

impl SqlStore {
    async fn people(
        &self,
        text: &str,
        viewer: UserId,
        of: Uuid,
        page: &PageRequest,
    ) -> anyhow::Result<Page<UserId>> {
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let values = [viewer.uuid().into(), of.into(), after.into(), page.fetch().into()];
        let members = self.rows::<Member>(text, values).await?;
        let members = Page::cut(members, page, |member| Position { key: 0, id: member.id });
        Ok(members.map(|member| member.person.into()))
    }

    async fn views(
        &self,
        viewer: UserId,
        text: &str,
        values: Vec<Value>,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let rows = self.rows::<ViewRow>(text, values).await?;
        self.page(viewer, rows, page).await
    }

    pub(super) async fn page(
        &self,
        viewer: UserId,
        rows: Vec<ViewRow>,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let Page { items, next } = Page::cut(rows, page, |row| Position { key: 0, id: row.id() });
        Ok(Page { items: self.counted(viewer, items).await?, next })
    }
}

#[async_trait]
impl CommunityQueries for SqlStore {
    async fn blocked_between(&self, one: UserId, other: UserId) -> anyhow::Result<bool> {
        #[derive(FromQueryResult)]
        struct One {
            #[expect(dead_code, reason = "only whether there is a row matters")]
            one: i32,
        }
        Ok(self.row::<One>(BLOCKED, [one.uuid().into(), other.uuid().into()]).await?.is_some())
    }

    async fn followers(
        &self,
        viewer: UserId,
        of: UserId,
        page: &PageRequest,
    ) -> anyhow::Result<Page<UserId>> {
        self.people(&lists::circle("f.follower_id", "f.followee_id = $2"), viewer, of.uuid(), page).await
    }

    async fn following(
        &self,
        viewer: UserId,
        of: UserId,
        page: &PageRequest,
    ) -> anyhow::Result<Page<UserId>> {
        self.people(&lists::circle("f.followee_id", "f.follower_id = $2"), viewer, of.uuid(), page).await
    }

    async fn friends(&self, viewer: UserId, of: UserId, page: &PageRequest) -> anyhow::Result<Page<UserId>> {
        let mutual = "f.follower_id = $2 AND EXISTS (SELECT 1 FROM follows g \
                      WHERE g.follower_id = f.followee_id AND g.followee_id = $2)";
        self.people(&lists::circle("f.followee_id", mutual), viewer, of.uuid(), page).await
    }

    async fn post(&self, viewer: UserId, post: PostId) -> anyhow::Result<Option<PostView>> {
        let text = format!("SELECT {COLUMNS}, {} FROM posts p WHERE p.id = $2 AND {}", seen(), visible());
        let row = self.row::<ViewRow>(&text, [viewer.uuid().into(), post.uuid().into()]).await?;
        Ok(self.counted(viewer, Vec::from_iter(row)).await?.pop())
    }

    async fn mentions(&self, viewer: UserId, posts: &[PostId]) -> anyhow::Result<Vec<(PostId, UserId)>> {
        self.named_in(viewer, posts).await
    }

    async fn edits(
        &self,
        viewer: UserId,
        post: PostId,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostEdit>> {
        self.edits_of(viewer, post, page).await
    }

    async fn pictures(&self, posts: &[PostId]) -> anyhow::Result<Vec<(PostId, PictureId)>> {
        pictures::of_posts(self, posts).await
    }

    async fn posts(
        &self,
        viewer: UserId,
        filter: &PostFilter,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let mut values: Vec<Value> = vec![viewer.uuid().into(), after.into(), page.fetch().into()];
        let text = lists::posts(filter, &mut values);
        self.views(viewer, &text, values, page).await
    }

    async fn posts_by_day(
        &self,
        viewer: UserId,
        from: Date,
        to: Date,
        after: Option<(Date, Uuid)>,
        limit: u32,
    ) -> anyhow::Result<Vec<DatedPost>> {
        // Nothing of the days before the place is left, and of its own day what is behind it.
        let (day, id) = after.unwrap_or((from, Uuid::nil()));
        let from = from.max(day);
        let values = [
            viewer.uuid().into(),
            from.to_string().into(),
            to.to_string().into(),
            day.to_string().into(),
            id.into(),
            i64::from(limit).into(),
        ];
        let rows: Vec<DayRow> = self.rows(&lists::by_day(), values).await?;
        rows.into_iter().map(DayRow::post).collect()
    }

    async fn feed(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<PostView>> {
        self.feed_of(viewer, page).await
    }

    async fn discussion(
        &self,
        viewer: UserId,
        part: Discussion,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let (text, id) = match part {
            Discussion::Replies(post) => (lists::discussion("in_reply_to"), post),
            Discussion::Thread(root) => (lists::discussion("root_id"), root),
        };
        let after = page.after.map_or(Uuid::nil(), |after| after.id);
        let values = vec![viewer.uuid().into(), id.uuid().into(), after.into(), page.fetch().into()];
        self.views(viewer, &text, values, page).await
    }

    async fn search(
        &self,
        viewer: UserId,
        text: &SearchText,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let normal = text.normal();
        let pairs = self.rarest(&normal).await?;
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let like = containing(&normal);
        let mut values: Vec<Value> =
            vec![viewer.uuid().into(), after.into(), page.fetch().into(), like.into()];
        values.extend(pairs.iter().map(|pair| Value::from(*pair)));
        self.views(viewer, &search::found(pairs.len().saturating_sub(1)), values, page).await
    }

    async fn hidden_among(&self, viewer: UserId, people: &[UserId]) -> anyhow::Result<Vec<UserId>> {
        #[derive(FromQueryResult)]
        struct Row {
            person: Uuid,
        }
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<_> = (2..people.len() + 2).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let text = format!(
            "SELECT blocked_id AS person FROM blocks WHERE blocker_id = $1 AND blocked_id IN ({places}) UNION \
             SELECT blocker_id FROM blocks WHERE blocked_id = $1 AND blocker_id IN ({places}) UNION \
             SELECT id FROM users WHERE status = 'suspended' AND id <> $1 AND id IN ({places})"
        );
        let values = std::iter::once(viewer).chain(people.iter().copied()).map(|user| user.uuid().into());
        let found = self.rows::<Row>(&text, values).await?;
        Ok(found.into_iter().map(|row| row.person.into()).collect())
    }

    async fn likes(&self, viewer: UserId, post: PostId, page: &PageRequest) -> anyhow::Result<Page<UserId>> {
        self.people(&lists::likes(), viewer, post.uuid(), page).await
    }
}
