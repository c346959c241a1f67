//! Keeps what is remembered of series small.
//!
//! A change of names is needed by posts that were said to be about an occurrence before it, and by those
//! being written while it happens. After a week there are none of the latter; the former are made to say
//! what the occurrence was called after the change, and the change goes. So the table holds what happened
//! in a week, however long people move and cut their series.
//!
//! Names must be followed in the order in which things happened. So a change stays while an earlier one of
//! the same series, or the one that made the series, is there; and while something that happened before it
//! was not delivered, which may be forever if nobody looks after it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{Clock, Tx, UnitOfWork, Worker};
use madang_domain::{
    calendar::domain_events::{SeriesMoved, SeriesSplit},
    community::SeriesChange,
    shared::DomainEvent,
};
use sea_orm::FromQueryResult;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::occurrences::lock;
use crate::sql::{dialect, execute, row, rows};

/// Nobody who is writing a post looked its occurrence up so long ago.
const KEPT: Duration = Duration::from_hours(7 * 24);
/// So many changes go in one transaction, which keeps posts about occurrences waiting.
const PIECE: usize = 50;
/// How long a process rests before it looks for the first time, and from then on.
const FIRST_REST: Duration = Duration::from_mins(15);
const REST: Duration = Duration::from_hours(6);

#[derive(FromQueryResult)]
struct Old {
    event_id: Uuid,
    version: i64,
    change: String,
}

#[derive(FromQueryResult)]
struct Waiting {
    oldest: Option<i64>,
}

#[derive(FromQueryResult)]
struct Name {
    original: i64,
}

/// The worker that does so.
pub struct SeriesKeeper {
    uow: Arc<UnitOfWork>,
    clock: Arc<dyn Clock>,
}

impl SeriesKeeper {
    /// In this database.
    pub fn new(uow: Arc<UnitOfWork>, clock: Arc<dyn Clock>) -> Self {
        Self { uow, clock }
    }

    /// Works old changes into the posts they concern; says how many went. Stops between two
    /// transactions.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn trim(&self, stop: &CancellationToken) -> anyhow::Result<usize> {
        let mut all = 0;
        while !stop.is_cancelled() {
            let week_ago = self.clock.now().minus(KEPT).micros();
            let piece = self.uow.run(async |tx| Ok(piece(tx, week_ago).await?)).await;
            let gone = piece.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            all += gone;
            // What went may have been in the way of others.
            if gone == 0 {
                break;
            }
        }
        Ok(all)
    }
}

async fn piece(tx: &mut Tx, week_ago: i64) -> anyhow::Result<usize> {
    let how = dialect::for_change(tx);
    lock(tx, how).await?;
    let waiting = "SELECT MIN(created_at) AS oldest FROM outbox WHERE event IN ($1, $2) AND id IN \
                   (SELECT event_id FROM outbox_deliveries WHERE state = 'pending' \
                   UNION ALL SELECT event_id FROM outbox_deliveries WHERE state = 'dead')";
    let names = [SeriesSplit::NAME.into(), SeriesMoved::NAME.into()];
    let waiting = row::<Waiting>(tx, waiting, names).await?.and_then(|waiting| waiting.oldest);
    let before = waiting.map_or(week_ago, |oldest| oldest.min(week_ago));
    let old = "SELECT c.event_id, c.version, c.change FROM series_changes c WHERE c.recorded_at < $1 \
               AND NOT EXISTS (SELECT 1 FROM series_changes o WHERE o.event_id = c.event_id AND o.version < c.version) \
               AND NOT EXISTS (SELECT 1 FROM series_changes o WHERE o.into_id = c.event_id AND o.event_id <> c.event_id) \
               ORDER BY c.recorded_at, c.event_id LIMIT $2";
    let old: Vec<Old> = rows(tx, old, [before.into(), i64::try_from(PIECE)?.into()]).await?;
    for change in &old {
        work_in(tx, change).await?;
    }
    Ok(old.len())
}

/// Makes posts say what their occurrence was called after a change, and forgets the change.
async fn work_in(tx: &mut Tx, old: &Old) -> anyhow::Result<()> {
    let Old { event_id, version, change } = old;
    let change: SeriesChange = serde_json::from_str(change).context("a change of a series")?;
    let said = "SELECT DISTINCT original FROM post_occurrences WHERE event_id = $1 AND version < $2 ORDER BY original";
    let said: Vec<Name> = rows(tx, said, [(*event_id).into(), (*version).into()]).await?;
    for Name { original } in said {
        let now = change.follow(original);
        // The version changes as well, so that no post is taken along twice.
        let update = "UPDATE post_occurrences SET event_id = $4, original = $5, version = $6 \
                      WHERE event_id = $1 AND original = $2 AND version < $3";
        let values = [
            (*event_id).into(),
            original.into(),
            (*version).into(),
            now.event.into(),
            now.original.into(),
            now.version.into(),
        ];
        execute(tx, update, values).await?;
    }
    let delete = "DELETE FROM series_changes WHERE event_id = $1 AND version = $2";
    execute(tx, delete, [(*event_id).into(), (*version).into()]).await?;
    Ok(())
}

#[async_trait]
impl Worker for SeriesKeeper {
    fn name(&self) -> &'static str {
        "community-series"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut rest = FIRST_REST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(rest) => {}
            }
            rest = REST;
            if let Err(error) = self.trim(&stop).await {
                tracing::warn!(error = format!("{error:#}"), "old changes of series could not be worked in");
            }
        }
    }
}
