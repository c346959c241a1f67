//! Brings domain events to their subscribers.
//!
//! A delivery is claimed, handled and marked done in one transaction. What a subscriber changes
//! in the database therefore happens exactly once, and a process that dies in the middle leaves
//! the delivery as due as it was. Several processes share the work: they skip what another one
//! has claimed (Postgres) or wait for it (SQLite).

pub(crate) mod backoff;
mod flights;
mod gauges;

use std::{any::Any, collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use futures_util::{FutureExt, future::join_all};
use madang_application::shared::{Subscriber, Tx, UnitOfWork, Worker};
use madang_domain::shared::{Failure, Timestamp, platform};
use sea_orm::FromQueryResult;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::flights::Flights;
use super::{SqlStore, dialect, row};

/// How often to look for what became due without a commit in this process.
const POLL: Duration = Duration::from_secs(1);
/// The longest pause while the database is away.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// A reaction that takes longer is undone and tried again.
const HANDLING: Duration = Duration::from_secs(30);
/// How long a reaction may go on after shutdown began.
const GRACE: Duration = Duration::from_secs(5);
/// How many reactions run side by side where the database allows it.
const LANES: usize = 2;
/// A delivery that failed so often waits for a person.
const MAX_ATTEMPTS: i64 = 12;

/// The worker that delivers.
pub struct OutboxRelay {
    store: Arc<SqlStore>,
    uow: UnitOfWork,
    flights: Flights,
    subscribers: HashMap<(&'static str, &'static str), Arc<dyn Subscriber>>,
}

/// What a run of the relay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Deliveries done.
    pub delivered: usize,
    /// Attempts that failed and will be repeated.
    pub failed: usize,
    /// Deliveries given up.
    pub dead: usize,
}

#[derive(FromQueryResult)]
struct Claimed {
    id: Uuid,
    attempts: i64,
    event: String,
    subscriber: String,
    payload: String,
}

impl OutboxRelay {
    /// Delivers to these subscribers, and tells the store about them, so that its commits owe
    /// them deliveries.
    ///
    /// # Panics
    /// If two subscribers of an event have the same name, which is a wiring mistake.
    pub fn new(store: Arc<SqlStore>, subscribers: Vec<Arc<dyn Subscriber>>) -> Self {
        store.subscribers(&subscribers);
        let mut by_name = HashMap::new();
        for subscriber in subscribers {
            let (event, name) = (subscriber.event(), subscriber.name());
            let twin = by_name.insert((event, name), subscriber);
            assert!(twin.is_none(), "two subscribers of {event} are called {name}");
        }
        let uow = UnitOfWork::new(store.clone());
        Self { store, uow, flights: Flights::default(), subscribers: by_name }
    }

    /// Delivers until nothing is due, and waits for what others are delivering; for tests, and for
    /// commands that must not leave work behind.
    ///
    /// # Errors
    /// If the database is away. A subscriber's failure is none: it is counted.
    pub async fn run_until_idle(&self) -> anyhow::Result<Settled> {
        let mut all = Settled::default();
        let patience = Instant::now() + HANDLING;
        loop {
            let run = self.drain(&CancellationToken::new()).await?;
            all.add(run);
            if run != Settled::default() {
                continue;
            }
            // What is due and was not ours to take is in another lane's hands.
            if self.due(1).await? == 0 || Instant::now() > patience {
                return Ok(all);
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn drain(&self, stop: &CancellationToken) -> anyhow::Result<Settled> {
        let most = if dialect::has_one_writer(self.store.writer()) { 1 } else { LANES };
        let lanes = self.due(most).await?;
        let mut all = Settled::default();
        for lane in join_all((0..lanes).map(|_| self.lane(stop))).await {
            all.add(lane?);
        }
        Ok(all)
    }

    /// How many deliveries are due, counted up to `most`. Asks the readers, so that idling does
    /// not disturb the writer.
    async fn due(&self, most: usize) -> anyhow::Result<usize> {
        #[derive(FromQueryResult)]
        #[expect(dead_code, reason = "only counted")]
        struct Due {
            id: Uuid,
        }
        let text = "SELECT id FROM outbox_deliveries WHERE state = 'pending' AND due_at <= $1 LIMIT $2";
        let most = i64::try_from(most)?;
        Ok(self.store.rows::<Due>(text, [self.now().micros().into(), most.into()]).await?.len())
    }

    async fn lane(&self, stop: &CancellationToken) -> anyhow::Result<Settled> {
        let mut all = Settled::default();
        while !stop.is_cancelled() {
            let run = self.deliver_next().await?;
            if run == Settled::default() {
                break;
            }
            all.add(run);
        }
        Ok(all)
    }

    async fn deliver_next(&self) -> anyhow::Result<Settled> {
        let (mut claimed, mut contested) = (None, false);
        let handling = self.uow.run(async |tx| {
            let Some(delivery) = claim(tx, self.now()).await? else { return Ok(()) };
            let Some(flight) = self.flights.take_off(delivery.id) else {
                contested = true;
                return Err(platform::STALE.into());
            };
            let (delivery, _) = claimed.insert((delivery, flight));
            self.hand_over(tx, delivery).await
        });
        let handled = match AssertUnwindSafe(timeout(HANDLING, handling)).catch_unwind().await {
            Ok(Ok(handled)) => handled.map_err(anyhow::Error::from),
            Ok(Err(_)) => Err(anyhow!("took longer than {} s", HANDLING.as_secs())),
            Err(panic) => Err(anyhow!("panicked: {}", words(&*panic))),
        };
        match (claimed, handled) {
            (None, Ok(())) => Ok(Settled::default()),
            // Another lane failed with it just now, and will go on when it has noted that.
            (None, Err(_)) if contested => Ok(Settled::default()),
            (None, Err(error)) => Err(error).context("claim a delivery"),
            (Some((delivery, _)), Ok(())) => {
                gauges::count(&delivery.subscriber, "done");
                Ok(Settled { delivered: 1, ..Settled::default() })
            }
            (Some((delivery, _flight)), Err(error)) => self.postpone(&delivery, &error).await,
        }
    }

    async fn hand_over(&self, tx: &mut Tx, delivery: &Claimed) -> Result<(), Failure> {
        let wanted = (delivery.event.as_str(), delivery.subscriber.as_str());
        let subscriber = self.subscribers.iter().find(|(name, _)| **name == wanted);
        // A newer process may know it: this is a failure like others, to be tried again.
        let (_, subscriber) = subscriber.context("this process has no such subscriber")?;
        subscriber.deliver(tx, &delivery.payload).await
    }

    /// The claim was rolled back with the rest; by now another process may have been luckier.
    async fn postpone(&self, delivery: &Claimed, error: &anyhow::Error) -> anyhow::Result<Settled> {
        let Claimed { id, attempts, event, subscriber, .. } = delivery;
        let dead = *attempts >= MAX_ATTEMPTS;
        let state = if dead { "dead" } else { "pending" };
        let due = self.now().plus(backoff::after(*attempts));
        let reason: String = format!("{error:#}").chars().take(1_000).collect();
        let text = "UPDATE outbox_deliveries SET state = $2, attempts = $3, due_at = $4, last_error = $5 \
                    WHERE id = $1 AND state = 'pending'";
        let values =
            [(*id).into(), state.into(), (*attempts).into(), due.micros().into(), reason.as_str().into()];
        self.store.execute(text, values).await.context("postpone a delivery")?;
        gauges::count(subscriber, if dead { "dead" } else { "failed" });
        if dead {
            tracing::error!(%event, %subscriber, %attempts, delivery = %id, error = reason, "delivery given up");
            return Ok(Settled { dead: 1, ..Settled::default() });
        }
        tracing::warn!(%event, %subscriber, %attempts, delivery = %id, error = reason, "delivery failed");
        Ok(Settled { failed: 1, ..Settled::default() })
    }

    fn now(&self) -> Timestamp {
        self.store.shared().clock.now()
    }
}

/// Takes the delivery that has been due for longest and marks it done, subject to the rest of
/// the transaction.
async fn claim(tx: &mut Tx, now: Timestamp) -> anyhow::Result<Option<Claimed>> {
    let text = format!(
        "UPDATE outbox_deliveries SET state = 'done', attempts = attempts + 1, last_error = NULL \
         WHERE id = (SELECT id FROM outbox_deliveries WHERE state = 'pending' AND due_at <= $1 \
         ORDER BY due_at, id LIMIT 1{}) \
         RETURNING id, attempts, subscriber, \
         (SELECT event FROM outbox WHERE outbox.id = outbox_deliveries.event_id) AS event, \
         (SELECT payload FROM outbox WHERE outbox.id = outbox_deliveries.event_id) AS payload",
        dialect::skip_locked(tx)
    );
    row(tx, &text, [now.micros().into()]).await
}

#[async_trait]
impl Worker for OutboxRelay {
    fn name(&self) -> &'static str {
        "outbox-relay"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut pause = POLL;
        while !stop.is_cancelled() {
            let out_of_time = async {
                stop.cancelled().await;
                sleep(GRACE).await;
            };
            let drained = tokio::select! {
                drained = self.drain(&stop) => drained,
                () = out_of_time => return,
            };
            pause = match drained {
                Ok(_) => POLL,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "the outbox cannot be read");
                    (pause * 2).min(MAX_PAUSE)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.store.shared().delivery_due.notified() => {}
                () = sleep(pause) => {}
            }
        }
    }
}

impl Settled {
    fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.dead += other.dead;
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
