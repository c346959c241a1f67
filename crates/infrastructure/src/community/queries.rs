//! `CommunityQueries` in SQL: one statement a list, visibility before the limit.

use async_trait::async_trait;
use madang_application::community::{CommunityQueries, Discussion, PostFilter, PostView};
use madang_domain::{
    community::PostId,
    shared::{Page, PageRequest, Position, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    relations::BLOCKED,
    rows::{COLUMNS, LIKED, ViewRow},
    visibility::{not_blocked, visible},
};
use crate::sql::SqlStore;

/// A person in a list, and the id of the row that put them there.
#[derive(FromQueryResult)]
struct Member {
    id: Uuid,
    person: Uuid,
}

#[derive(FromQueryResult)]
struct Big {
    followee_id: Uuid,
}

/// Behind every id a page can begin with, for lists that run down.
const ABOVE_ALL: Uuid = Uuid::max();
/// More big authors are asked for in several statements: SQLite joins at most 500 selects, and
/// few different texts are prepared.
const BIG_AT_ONCE: usize = 20;

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
        text: &str,
        values: Vec<Value>,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let rows = self.rows::<ViewRow>(text, values).await?;
        let views = rows.into_iter().map(PostView::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Page::cut(views, page, PostView::position))
    }

    /// The newest visible posts of these authors and, if given, of one more source of ids.
    async fn newest(
        &self,
        viewer: UserId,
        page: &PageRequest,
        more: Option<String>,
        authors: &[Uuid],
    ) -> anyhow::Result<Vec<PostView>> {
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let mut values: Vec<Value> = vec![viewer.uuid().into(), after.into(), page.fetch().into()];
        let (visible, mut sources) = (visible(), Vec::from_iter(more));
        for author in authors {
            values.push((*author).into());
            let place = values.len();
            sources.push(format!(
                "SELECT * FROM (SELECT p.id FROM posts p WHERE p.author_id = ${place} AND p.id < $2 AND {visible} \
                 ORDER BY p.id DESC LIMIT $3) AS big{place}"
            ));
        }
        let text = format!(
            "SELECT {COLUMNS}, {LIKED} FROM ({}) AS entries JOIN posts p ON p.id = entries.id \
             ORDER BY p.id DESC LIMIT $3",
            sources.join(" UNION ")
        );
        let rows = self.rows::<ViewRow>(&text, values).await?;
        rows.into_iter().map(PostView::try_from).collect()
    }

    /// Whom the viewer follows among those whose posts are not copied.
    async fn big_followees(&self, viewer: UserId) -> anyhow::Result<Vec<Uuid>> {
        let text = "SELECT f.followee_id FROM follows f JOIN authors a ON a.user_id = f.followee_id \
                    WHERE f.follower_id = $1 AND a.is_big";
        Ok(self
            .rows::<Big>(text, [viewer.uuid().into()])
            .await?
            .into_iter()
            .map(|big| big.followee_id)
            .collect())
    }
}

/// People related by `follows f`, latest first.
fn circle(person: &str, condition: &str) -> String {
    format!(
        "SELECT f.id, {person} AS person FROM follows f \
         WHERE {condition} AND f.id < $3 AND {} ORDER BY f.id DESC LIMIT $4",
        not_blocked(person)
    )
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
        self.people(&circle("f.follower_id", "f.followee_id = $2"), viewer, of.uuid(), page).await
    }

    async fn following(
        &self,
        viewer: UserId,
        of: UserId,
        page: &PageRequest,
    ) -> anyhow::Result<Page<UserId>> {
        self.people(&circle("f.followee_id", "f.follower_id = $2"), viewer, of.uuid(), page).await
    }

    async fn friends(&self, viewer: UserId, of: UserId, page: &PageRequest) -> anyhow::Result<Page<UserId>> {
        let mutual = "f.follower_id = $2 AND EXISTS (SELECT 1 FROM follows g \
                      WHERE g.follower_id = f.followee_id AND g.followee_id = $2)";
        self.people(&circle("f.followee_id", mutual), viewer, of.uuid(), page).await
    }

    async fn post(&self, viewer: UserId, post: PostId) -> anyhow::Result<Option<PostView>> {
        let text = format!("SELECT {COLUMNS}, {LIKED} FROM posts p WHERE p.id = $2 AND {}", visible());
        let row = self.row::<ViewRow>(&text, [viewer.uuid().into(), post.uuid().into()]).await?;
        row.map(PostView::try_from).transpose()
    }

    async fn posts(
        &self,
        viewer: UserId,
        filter: &PostFilter,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let after = page.after.map_or(ABOVE_ALL, |after| after.id);
        let mut values: Vec<Value> = vec![viewer.uuid().into(), after.into(), page.fetch().into()];
        let mut conditions = vec!["p.id < $2".to_owned()];
        let mut condition = |text: &str, value: Value| {
            values.push(value);
            conditions.push(text.replace("{}", &format!("${}", values.len())));
        };
        if let Some(author) = filter.author {
            condition("p.author_id = {}", author.uuid().into());
        }
        if let Some(from) = filter.from {
            condition("p.day >= {}", from.to_string().into());
        }
        if let Some(to) = filter.to {
            condition("p.day < {}", to.to_string().into());
        }
        let mut tables = "posts p";
        if let Some(tag) = &filter.tag {
            tables = "post_tags t JOIN posts p ON p.id = t.post_id";
            condition("t.tag = {}", tag.as_str().into());
        }
        let text = format!(
            "SELECT {COLUMNS}, {LIKED} FROM {tables} WHERE {} AND {} ORDER BY p.id DESC LIMIT $3",
            conditions.join(" AND "),
            visible()
        );
        self.views(&text, values, page).await
    }

    async fn feed(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<PostView>> {
        let visible = visible();
        let copied = format!(
            "SELECT * FROM (SELECT t.post_id AS id FROM timeline t JOIN posts p ON p.id = t.post_id \
             WHERE t.owner_id = $1 AND t.post_id < $2 AND {visible} ORDER BY t.post_id DESC LIMIT $3) AS copied"
        );
        let big = self.big_followees(viewer).await?;
        let (first, more) = big.split_at(big.len().min(BIG_AT_ONCE));
        let mut newest = self.newest(viewer, page, Some(copied), first).await?;
        for authors in more.chunks(BIG_AT_ONCE) {
            newest.extend(self.newest(viewer, page, None, authors).await?);
        }
        // Who was copied before growing big is found in both places.
        newest.sort_by_key(|view| std::cmp::Reverse(view.post.id));
        newest.dedup_by_key(|view| view.post.id);
        Ok(Page::cut(newest, page, PostView::position))
    }

    async fn discussion(
        &self,
        viewer: UserId,
        part: Discussion,
        page: &PageRequest,
    ) -> anyhow::Result<Page<PostView>> {
        let (column, id) = match part {
            Discussion::Replies(post) => ("in_reply_to", post),
            Discussion::Thread(root) => ("root_id", root),
        };
        let after = page.after.map_or(Uuid::nil(), |after| after.id);
        let text = format!(
            "SELECT {COLUMNS}, {LIKED} FROM posts p WHERE p.{column} = $2 AND p.id > $3 AND {} \
             ORDER BY p.id LIMIT $4",
            visible()
        );
        let values = vec![viewer.uuid().into(), id.uuid().into(), after.into(), page.fetch().into()];
        self.views(&text, values, page).await
    }

    async fn likes(&self, viewer: UserId, post: PostId, page: &PageRequest) -> anyhow::Result<Page<UserId>> {
        let text = format!(
            "SELECT l.id, l.user_id AS person FROM likes l WHERE l.post_id = $2 AND l.id < $3 AND {} \
             ORDER BY l.id DESC LIMIT $4",
            not_blocked("l.user_id")
        );
        self.people(&text, viewer, post.uuid(), page).await
    }
}
