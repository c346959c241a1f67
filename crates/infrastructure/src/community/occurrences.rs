//! Posts about one occurrence, in SQL.
//!
//! What happens to names is written down, and each post knows what it was said to be about. What it is
//! about now follows from both, so it does not matter in which order they become known.

use anyhow::Context;
use async_trait::async_trait;
use madang_application::{community::OccurrenceRepository, shared::Tx};
use madang_domain::{
    community::{OccurrenceName, PostId, SeriesChange},
    shared::Timestamp,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::{SqlStore, dialect, execute, row, rows};

#[derive(FromQueryResult)]
struct Lock {
    #[expect(dead_code, reason = "only the lock matters")]
    id: i64,
}

#[derive(FromQueryResult)]
struct Place {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Change {
    change: String,
}

#[derive(FromQueryResult)]
struct Name {
    original: i64,
    version: i64,
}

/// Keeps posts about occurrences and changes of names from missing each other. People who post do not
/// wait for each other; series are moved and cut too rarely for one lock to be felt.
pub(super) async fn lock(tx: &mut Tx, how: &str) -> anyhow::Result<()> {
    execute(tx, "INSERT INTO series_locks (id) VALUES (1) ON CONFLICT (id) DO NOTHING", []).await?;
    row::<Lock>(tx, &format!("SELECT id FROM series_locks WHERE id = 1{how}"), []).await?;
    Ok(())
}

/// What an occurrence is called after all that is known.
async fn chain(tx: &mut Tx, mut name: OccurrenceName) -> anyhow::Result<OccurrenceName> {
    loop {
        let next = "SELECT change FROM series_changes WHERE event_id = $1 AND version > $2 \
                    ORDER BY version LIMIT 1";
        let found: Option<Change> = row(tx, next, [name.event.into(), name.version.into()]).await?;
        let Some(found) = found else { return Ok(name) };
        let change: SeriesChange = serde_json::from_str(&found.change).context("a change of a series")?;
        name = change.follow(name.original);
    }
}

/// An event and those it was cut from.
async fn line_of(tx: &mut Tx, event: Uuid) -> anyhow::Result<Vec<Uuid>> {
    let mut line = vec![event];
    while let Some(last) = line.last() {
        let text = "SELECT event_id AS id FROM series_changes WHERE into_id = $1 AND event_id <> $1";
        let Some(Place { id }) = row(tx, text, [(*last).into()]).await? else { break };
        line.push(id);
    }
    Ok(line)
}

/// Puts the posts that were said to be about occurrences of an event where those are now.
async fn bring(tx: &mut Tx, event: Uuid) -> anyhow::Result<()> {
    // In the order in which everybody locks posts.
    let posts = format!(
        "SELECT p.id FROM posts p WHERE p.id IN (SELECT o.post_id FROM post_occurrences o WHERE o.event_id = $1) \
         ORDER BY p.id{}",
        dialect::for_change(tx)
    );
    rows::<Place>(tx, &posts, [event.into()]).await?;
    let said = "SELECT DISTINCT original, version FROM post_occurrences WHERE event_id = $1";
    let said: Vec<Name> = rows(tx, said, [event.into()]).await?;
    for Name { original, version } in said {
        let now = chain(tx, OccurrenceName { event, original, version }).await?;
        let update = "UPDATE posts SET event_id = $4, occurrence = $5 WHERE id IN \
                      (SELECT o.post_id FROM post_occurrences o \
                      WHERE o.event_id = $1 AND o.original = $2 AND o.version = $3)";
        let values = [event.into(), original.into(), version.into(), now.event.into(), now.original.into()];
        execute(tx, update, values).await?;
    }
    Ok(())
}

#[async_trait]
impl OccurrenceRepository for SqlStore {
    async fn settle(&self, tx: &mut Tx, name: OccurrenceName) -> anyhow::Result<OccurrenceName> {
        let how = dialect::for_share(tx);
        lock(tx, how).await?;
        chain(tx, name).await
    }

    async fn keep(&self, tx: &mut Tx, post: PostId, name: Option<OccurrenceName>) -> anyhow::Result<()> {
        let Some(name) = name else {
            let delete = "DELETE FROM post_occurrences WHERE post_id = $1";
            execute(tx, delete, [post.uuid().into()]).await?;
            return Ok(());
        };
        let upsert = "INSERT INTO post_occurrences (post_id, event_id, original, version) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (post_id) DO UPDATE SET event_id = excluded.event_id, \
                      original = excluded.original, version = excluded.version";
        let values = [post.uuid().into(), name.event.into(), name.original.into(), name.version.into()];
        execute(tx, upsert, values).await?;
        Ok(())
    }

    async fn follow(&self, tx: &mut Tx, change: &SeriesChange, at: Timestamp) -> anyhow::Result<()> {
        let how = dialect::for_change(tx);
        lock(tx, how).await?;
        let (event, version) = change.since();
        let insert = "INSERT INTO series_changes (event_id, version, into_id, change, recorded_at) \
                      VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event_id, version) DO NOTHING";
        let text = serde_json::to_string(change)?;
        let values = [event.into(), version.into(), change.into().into(), text.into(), at.micros().into()];
        execute(tx, insert, values).await?;
        for event in line_of(tx, event).await? {
            bring(tx, event).await?;
        }
        Ok(())
    }
}
