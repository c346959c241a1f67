//! Sweeps up what is no longer needed, and measures what piles up.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::shared::{IdempotencyRecords, Worker};
use madang_domain::shared::Timestamp;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::SqlStore;

/// How often gauges are renewed.
const MEASURE: Duration = Duration::from_secs(10);
/// How many measurements lie between two sweeps: ten minutes.
const SWEEP_EVERY: u32 = 60;
/// How long a repeated `Idempotency-Key` is answered with the first answer, at least.
const KEEP_ANSWERS: Duration = Duration::from_hours(24);
/// How long delivered events stay, for whoever wants to see what happened.
const KEEP_EVENTS: Duration = Duration::from_hours(7 * 24);

/// The worker that does so.
pub struct Housekeeping {
    store: Arc<SqlStore>,
}

impl Housekeeping {
    /// In this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }

    /// Deletes expired answers and old delivered events; says how many rows went.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn sweep(&self) -> anyhow::Result<u64> {
        let now = self.store.shared().clock.now();
        let answers = self.store.forget_older_than(now.minus(KEEP_ANSWERS)).await?;
        Ok(answers + self.store.forget_events_before(now.minus(KEEP_EVENTS)).await?)
    }
}

#[async_trait]
impl Worker for Housekeeping {
    fn name(&self) -> &'static str {
        "housekeeping"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut round = 0;
        loop {
            let mut done = self.store.measure_outbox().await;
            if round % SWEEP_EVERY == 0 {
                done = done.and(self.sweep().await.map(drop));
            }
            if let Err(error) = done {
                tracing::warn!(error = format!("{error:#}"), "housekeeping failed");
            }
            round += 1;
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(MEASURE) => {}
            }
        }
    }
}

impl SqlStore {
    async fn forget_events_before(&self, instant: Timestamp) -> anyhow::Result<u64> {
        let text = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < $1 \
                    AND NOT EXISTS (SELECT 1 FROM outbox_deliveries d WHERE d.event_id = outbox.id \
                    AND d.state <> 'done') LIMIT $2)";
        self.delete_in_pieces(text, instant).await
    }

    /// Repeats a `DELETE … < $1 … LIMIT $2`, so that writers get their turn in between and no
    /// statement runs into its time limit.
    pub(super) async fn delete_in_pieces(&self, text: &str, instant: Timestamp) -> anyhow::Result<u64> {
        const PIECE: u64 = 500;
        let mut all = 0;
        loop {
            let limit = i64::try_from(PIECE)?;
            let gone = self.execute(text, [instant.micros().into(), limit.into()]).await?;
            all += gone;
            if gone < PIECE {
                return Ok(all);
            }
        }
    }
}
