//! Finding events by what they are called.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::shared::{Tx, UnitOfWork, Worker};
use madang_domain::{calendar::Details, shared::search::searchable};
use sea_orm::FromQueryResult;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{guests::not_behind_a_block, queries::READABLE, rows::EVENT};
use crate::sql::{dialect, execute, rows};

/// How many events a transaction of the worker covers.
const BATCH: i64 = 200;
/// How long the worker rests; a process of the version before may have written events meanwhile.
const REST: Duration = Duration::from_mins(10);

/// What is searched of an event. What single occurrences are called is left out: they may be more
/// private than the event.
pub(super) fn words(details: &Details) -> String {
    let title = details.title.as_ref().map_or("", |title| title.as_str());
    join(title, details.description.as_str(), details.location.as_str())
}

fn join(title: &str, description: &str, location: &str) -> String {
    searchable(&format!("{title}\n{description}\n{location}"))
}

/// The newest events in the calendars of viewer `$1` whose words are like `$4`, before the id `$2`, at
/// most `$3`. All of these calendars are looked through: asked for the newest only, a database may look
/// through everybody's events until it has found enough.
pub(super) fn found() -> String {
    format!(
        "SELECT * FROM (SELECT {EVENT}, o.searchable FROM calendar_members m CROSS JOIN calendar_objects o \
           WHERE o.calendar_id = m.calendar_id AND {READABLE} LIMIT {} OFFSET 0) mine \
         WHERE id < $2 AND searchable LIKE $4 ESCAPE '!' ORDER BY id DESC LIMIT $3",
        i64::MAX
    )
}

/// The same of those that the viewer is a guest of: their ids. Each event is looked up by its own;
/// of a join Postgres, planning while there are few, makes a scan.
pub(super) fn invited() -> String {
    format!(
        "SELECT g.event_id AS id FROM calendar_guests g WHERE g.user_id = $1 AND g.event_id < $2 AND {} \
         AND EXISTS (SELECT 1 FROM calendar_objects o WHERE o.id = g.event_id AND o.kind <> 'other' \
         AND o.searchable LIKE $4 ESCAPE '!' LIMIT 1 OFFSET 0) ORDER BY g.event_id DESC LIMIT $3",
        not_behind_a_block()
    )
}

#[derive(FromQueryResult)]
struct Unsearchable {
    id: Uuid,
    title: Option<String>,
    description: String,
    location: String,
}

/// Makes events found that were written before there was a search.
pub struct SearchIndexer {
    uow: Arc<UnitOfWork>,
}

impl SearchIndexer {
    /// In this database.
    pub fn new(uow: Arc<UnitOfWork>) -> Self {
        Self { uow }
    }

    /// Until none is left; says how many there were. Stops between two transactions.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn catch_up(&self, stop: &CancellationToken) -> anyhow::Result<usize> {
        let mut all = 0;
        while !stop.is_cancelled() {
            let done = self.uow.run(async |tx| Ok(batch(tx).await?)).await;
            match done.map_err(|failure| anyhow::anyhow!("{failure:?}"))? {
                0 => break,
                some => all += some,
            }
        }
        Ok(all)
    }
}

async fn batch(tx: &mut Tx) -> anyhow::Result<usize> {
    let select = format!(
        "SELECT o.id, o.title, o.description, o.location FROM calendar_objects o WHERE o.searchable IS NULL \
         ORDER BY o.id LIMIT $1{}",
        dialect::skip_locked(tx)
    );
    let events: Vec<Unsearchable> = rows(tx, &select, [BATCH.into()]).await?;
    for event in &events {
        let title = event.title.as_deref().unwrap_or_default();
        let words = join(title, &event.description, &event.location);
        let update = "UPDATE calendar_objects SET searchable = $2 WHERE id = $1";
        execute(tx, update, [event.id.into(), words.into()]).await?;
    }
    Ok(events.len())
}

#[async_trait]
impl Worker for SearchIndexer {
    fn name(&self) -> &'static str {
        "calendar-search"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            match self.catch_up(&stop).await {
                Ok(0) => {}
                Ok(events) => tracing::info!(events, "events can be searched now"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "events wait for the search"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(REST) => {}
            }
        }
    }
}
