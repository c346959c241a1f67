//! What `community` adds to an export.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use madang_application::{
    calendar::queries::{CalendarQueries, EventRefView},
    shared::{Caller, ExportFile, ExportPart},
};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use uuid::Uuid;

use super::{pictures, visibility::visible};
use crate::sql::SqlStore;

/// Posts and replies with what they were before, likes, where the person is named, and whom the person follows or blocks.
pub struct CommunityExport {
    store: Arc<SqlStore>,
    events: Arc<dyn CalendarQueries>,
}

/// How many events are asked for at once.
const EVENTS: usize = 100;

impl CommunityExport {
    /// From this store; `events` know what their occurrences are called.
    pub fn new(store: Arc<SqlStore>, events: Arc<dyn CalendarQueries>) -> Self {
        Self { store, events }
    }

    async fn named(&self, user: Uuid, mut events: Vec<Uuid>) -> anyhow::Result<BTreeMap<Uuid, EventRefView>> {
        events.sort_unstable();
        events.dedup();
        let mut named = BTreeMap::new();
        for some in events.chunks(EVENTS) {
            let some: Vec<_> = some.iter().map(|id| (*id).into()).collect();
            let seen = self.events.events_visible_to(user.into(), &some).await?;
            named.extend(seen.into_iter().map(|event| (event.id.uuid(), event)));
        }
        Ok(named)
    }

    async fn posts(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            title: Option<String>,
            text: String,
            event_id: Option<Uuid>,
            occurrence: Option<i64>,
            date: Option<String>,
            in_reply_to: Option<Uuid>,
            root_visibility: String,
            narrowed_to: Option<String>,
            created_at: i64,
            edited_at: Option<i64>,
        }
        let text = "SELECT id, title, text, event_id, occurrence, date, in_reply_to, root_visibility, narrowed_to, created_at, \
                    edited_at FROM posts WHERE author_id = $1 ORDER BY id";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let posts: Vec<_> = rows.iter().map(|row| row.id.into()).collect();
        let hung = pictures::of_posts(&self.store, &posts).await?;
        let mut media: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (post, picture) in hung {
            media.entry(post.uuid()).or_default().push(picture.uuid());
        }
        let about = rows.iter().filter(|row| row.occurrence.is_some()).filter_map(|row| row.event_id);
        let events = self.named(user, about.collect()).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let event = row.event_id.and_then(|id| events.get(&id));
                let occurrence = event.zip(row.occurrence).and_then(|(event, at)| event.name_of(at));
                json!({
                    "occurrence": occurrence, "mediaIds": media.remove(&row.id).unwrap_or_default(),
                    "id": row.id, "title": row.title, "text": row.text, "eventId": row.event_id,
                    "date": row.date, "inReplyTo": row.in_reply_to,
                    "visibility": row.narrowed_to.unwrap_or(row.root_visibility),
                    "createdAt": Timestamp::from_micros(row.created_at),
                    "editedAt": row.edited_at.map(Timestamp::from_micros),
                })
            })
            .collect();
        ExportFile::json("posts.json", &value)
    }

    async fn edits(&self, user: Uuid) -> anyhow::Result<ExportFile> {
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
        let text = "SELECT e.post_id, e.version, e.title, e.text, e.date, e.root_visibility, e.narrowed_to, \
                    e.written_at, e.replaced_at FROM posts p JOIN post_edits e ON e.post_id = p.id \
                    WHERE p.author_id = $1 ORDER BY e.post_id, e.version";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "postId": row.post_id, "version": row.version, "title": row.title, "text": row.text,
                    "date": row.date, "visibility": row.narrowed_to.unwrap_or(row.root_visibility),
                    "writtenAt": Timestamp::from_micros(row.written_at),
                    "replacedAt": Timestamp::from_micros(row.replaced_at),
                })
            })
            .collect();
        ExportFile::json("post-edits.json", &value)
    }

    /// Ids of others with the instant: their names are theirs.
    async fn relation(&self, path: &str, text: &str, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            created_at: i64,
        }
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| json!({ "id": row.id, "since": Timestamp::from_micros(row.created_at) }))
            .collect();
        ExportFile::json(path, &value)
    }
}

#[async_trait]
impl ExportPart for CommunityExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let user = caller.user.uuid();
        let following = "SELECT followee_id AS id, created_at FROM follows WHERE follower_id = $1 \
                         ORDER BY created_at, followee_id";
        let followers = "SELECT follower_id AS id, created_at FROM follows WHERE followee_id = $1 \
                         ORDER BY created_at, follower_id";
        let blocked = "SELECT blocked_id AS id, created_at FROM blocks WHERE blocker_id = $1 \
                       ORDER BY created_at, blocked_id";
        let likes =
            "SELECT post_id AS id, created_at FROM likes WHERE user_id = $1 ORDER BY created_at, post_id";
        // Where this person is named, as far as they may see it.
        let mentions = format!(
            "SELECT p.id, p.created_at FROM post_mentions m JOIN posts p ON p.id = m.post_id \
             WHERE m.user_id = $1 AND {} ORDER BY p.id",
            visible()
        );
        let mentions = mentions.as_str();
        Ok(vec![
            self.posts(user).await?,
            self.edits(user).await?,
            self.relation("mentions.json", mentions, user).await?,
            self.relation("following.json", following, user).await?,
            self.relation("followers.json", followers, user).await?,
            self.relation("blocked.json", blocked, user).await?,
            self.relation("likes.json", likes, user).await?,
        ])
    }
}
