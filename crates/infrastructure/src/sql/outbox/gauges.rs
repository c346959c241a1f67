//! What operators see of the outbox.

use metrics::{counter, gauge};
use sea_orm::FromQueryResult;

use crate::sql::SqlStore;

#[derive(FromQueryResult)]
struct Backlog {
    oldest: Option<i64>,
    dead: i64,
}

/// Counts an attempt: `done`, `failed` (will be repeated) or `dead` (will not).
pub(super) fn count(subscriber: &str, outcome: &'static str) {
    counter!("outbox_deliveries_total", "subscriber" => subscriber.to_owned(), "outcome" => outcome)
        .increment(1);
}

impl SqlStore {
    /// Publishes the age of the oldest delivery not yet done, in seconds, and the number of those
    /// given up.
    pub(crate) async fn measure_outbox(&self) -> anyhow::Result<()> {
        let text = "SELECT (SELECT MIN(created_at) FROM outbox WHERE id IN \
                    (SELECT event_id FROM outbox_deliveries WHERE state = 'pending')) AS oldest, \
                    (SELECT COUNT(*) FROM outbox_deliveries WHERE state = 'dead') AS dead";
        let Some(Backlog { oldest, dead }) = self.row(text, []).await? else { return Ok(()) };
        let now = self.shared().clock.now().micros();
        let age = oldest.map_or(0, |oldest| (now - oldest).max(0));
        #[expect(clippy::cast_precision_loss, reason = "gauges are floating point")]
        {
            gauge!("outbox_oldest_undelivered_seconds").set(age as f64 / 1e6);
            gauge!("outbox_dead_deliveries").set(dead as f64);
        }
        Ok(())
    }
}
