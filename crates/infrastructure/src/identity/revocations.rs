//! How every process learns within a second which sessions ended.
//!
//! The record is the table `revoked_sessions`. Each process looks at its newest rows several
//! times a second, far enough back that a transaction which committed late, or a clock that goes
//! wrong, hides nothing; and it looks at all of them once in a while. What others announce, and the
//! copy that Redis keeps ([`Denylist`]), come on top and are only faster.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    identity::{RevokedSessions, SessionGate, ports::Revoked},
    shared::{Broadcast, Clock, Heard, StartupTask, Worker},
};
use madang_domain::shared::{Id, Timestamp};
use sea_orm::FromQueryResult;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{redis::Denylist, sql::SqlStore};

/// What announcements are called on the broadcast.
const TOPIC: &str = "identity.revoked";

const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Longer than a transaction may take (60 s idle at most) plus what clocks may be apart.
const LOOK_BACK: Duration = Duration::from_mins(2);

/// How many looks come before the next one at everything, and before sweeping.
const FULL_LOOK_EVERY: u64 = 100;
const SWEEP_EVERY: u64 = 1_000;

/// Sealed refresh tokens are kept this long for clients that lost an answer, then dropped.
const KEEP_SEALED: Duration = Duration::from_secs(15);

/// Sessions that cannot be refreshed any more are kept this long for questions, then dropped.
const KEEP_ENDED: Duration = Duration::from_hours(24 * 7);

/// Keeps the gate up to date.
pub struct RevocationWatch {
    store: Arc<SqlStore>,
    gate: Arc<SessionGate>,
    broadcast: Arc<dyn Broadcast>,
    denylist: Arc<Denylist>,
    clock: Arc<dyn Clock>,
}

impl RevocationWatch {
    /// Wires it.
    pub fn new(
        store: Arc<SqlStore>,
        gate: Arc<SessionGate>,
        broadcast: Arc<dyn Broadcast>,
        denylist: Arc<Denylist>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, gate, broadcast, denylist, clock }
    }

    /// Closes the gate for everything that matters after a time in which announcements may have been
    /// missed: at once for what Redis knows, then for what the record says. Redis, which may have
    /// lost it all, is told as well; says whether it listened.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn catch_up(&self) -> anyhow::Result<bool> {
        let now = self.clock.now();
        self.gate.close(&self.denylist.read(now).await);
        let all = self.look(Timestamp::from_micros(0)).await?;
        Ok(self.denylist.add(&all, now).await)
    }

    /// Closes the gate for what was revoked since then and still matters.
    ///
    /// # Errors
    /// If the database cannot be asked; the next look sees the same.
    pub async fn look(&self, since: Timestamp) -> anyhow::Result<Vec<Revoked>> {
        #[derive(FromQueryResult)]
        struct Row {
            session_id: Uuid,
            until: i64,
        }
        let now = self.clock.now();
        let text = "SELECT session_id, until FROM revoked_sessions WHERE revoked_at >= $1 AND until > $2";
        let rows: Vec<Row> = self.store.rows(text, [since.micros().into(), now.micros().into()]).await?;
        let revoked =
            |row: Row| Revoked { session: Id::new(row.session_id), until: Timestamp::from_micros(row.until) };
        let revoked: Vec<_> = rows.into_iter().map(revoked).collect();
        self.gate.close(&revoked);
        self.gate.forget_before(now);
        Ok(revoked)
    }

    /// Drops what no longer matters. Processes may do it at the same time.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let unseal = "UPDATE sessions SET live_token = NULL WHERE live_token IS NOT NULL AND rotated_at < $1";
        self.store.execute(unseal, [now.minus(KEEP_SEALED).micros().into()]).await?;
        let ended = "DELETE FROM sessions WHERE refresh_expires_at < $1";
        self.store.execute(ended, [now.minus(KEEP_ENDED).micros().into()]).await?;
        let forgotten = "DELETE FROM revoked_sessions WHERE until < $1";
        self.store.execute(forgotten, [now.minus(LOOK_BACK).micros().into()]).await?;
        Ok(())
    }

    /// Says whether nothing is left to catch up with.
    async fn tick(&self, number: u64, behind: bool) -> bool {
        let done = async {
            let caught_up = if behind || number.is_multiple_of(FULL_LOOK_EVERY) {
                self.catch_up().await?
            } else {
                self.look(self.clock.now().minus(LOOK_BACK)).await?;
                true
            };
            if number % SWEEP_EVERY == SWEEP_EVERY / 2 {
                self.sweep().await?;
            }
            anyhow::Ok(caught_up)
        };
        done.await.unwrap_or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "revoked sessions could not be looked up");
            false
        })
    }
}

#[async_trait]
impl StartupTask for RevocationWatch {
    /// A process that was restarted must not let in whom it refused before.
    async fn run(&self) -> anyhow::Result<()> {
        self.catch_up().await.map(drop)
    }
}

#[async_trait]
impl Worker for RevocationWatch {
    fn name(&self) -> &'static str {
        "revocation-watch"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut listener = self.broadcast.listen();
        let mut listening = true;
        let mut clock = interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut number, mut behind) = (0, false);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = clock.tick() => {
                    behind = !self.tick(number, behind).await;
                    number += 1;
                }
                heard = listener.next(), if listening => match heard {
                    Some(Heard::Message { topic, payload }) => self.gate.close(&read(&topic, &payload)),
                    // The record is complete where the announcements are not.
                    Some(Heard::Gap) => behind = !self.tick(1, true).await,
                    None => listening = false,
                },
            }
        }
    }
}

/// Announces over the broadcast that all processes hear, and leaves a copy for those who do not.
pub struct Announcements {
    broadcast: Arc<dyn Broadcast>,
    denylist: Arc<Denylist>,
    clock: Arc<dyn Clock>,
}

impl Announcements {
    /// Wires it.
    pub fn new(broadcast: Arc<dyn Broadcast>, denylist: Arc<Denylist>, clock: Arc<dyn Clock>) -> Self {
        Self { broadcast, denylist, clock }
    }
}

#[async_trait]
impl RevokedSessions for Announcements {
    async fn announce(&self, revoked: &[Revoked]) {
        // First the copy: whoever hears of it and starts anew a moment later finds it there.
        self.denylist.add(revoked, self.clock.now()).await;
        let pairs: Vec<(Uuid, i64)> =
            revoked.iter().map(|revoked| (revoked.session.uuid(), revoked.until.micros())).collect();
        if let Ok(payload) = serde_json::to_vec(&pairs) {
            self.broadcast.publish(TOPIC, &payload).await;
        }
    }
}

/// What a broadcast tells about sessions; nothing if it is about something else.
fn read(topic: &str, payload: &[u8]) -> Vec<Revoked> {
    if topic != TOPIC {
        return Vec::new();
    }
    let pairs: Vec<(Uuid, i64)> = serde_json::from_slice(payload).unwrap_or_default();
    let revoked =
        |(session, until)| Revoked { session: Id::new(session), until: Timestamp::from_micros(until) };
    pairs.into_iter().map(revoked).collect()
}
