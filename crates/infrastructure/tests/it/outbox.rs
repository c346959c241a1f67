//! Events reach each subscriber once, whatever happens on the way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use madang_application::shared::{Clock, Handles, Subscriber, Tx, UnitOfWork, Worker, on};
use madang_domain::shared::{DomainEvent, Failure, platform};
use madang_infrastructure::sql::{Housekeeping, OutboxRelay, Settled, SqlStore};
use madang_testkit::TestDb;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::table::{insert, names};

madang_testkit::on_every_database!(
    delivers_what_was_committed_and_nothing_else,
    a_failing_subscriber_has_its_effect_once,
    two_relays_share_the_work,
    gives_up_after_twelve_attempts,
    a_panic_is_a_failure_and_harms_nobody_else,
    a_crash_in_the_middle_leaves_it_due,
    an_event_may_cause_another,
    the_worker_wakes_up_on_commit,
    housekeeping_takes_old_delivered_events_only,
);

const DAY: Duration = Duration::from_hours(24);

#[derive(Serialize, Deserialize)]
struct Happened {
    n: u32,
}
impl DomainEvent for Happened {
    const NAME: &'static str = "test.happened";
}

#[derive(Serialize, Deserialize)]
struct Followed {
    n: u32,
}
impl DomainEvent for Followed {
    const NAME: &'static str = "test.followed";
}

/// Writes a row, whose name tells every delivery from every other, then fails so many times.
#[derive(Default)]
struct Writes {
    failures: usize,
    attempts: AtomicUsize,
}

#[async_trait]
impl Handles<Happened> for Writes {
    async fn handle(&self, tx: &mut Tx, event: Happened) -> Result<(), Failure> {
        insert(tx, &format!("{:03} {}", event.n, uuid::Uuid::now_v7())).await?;
        if self.attempts.fetch_add(1, SeqCst) < self.failures {
            return Err(platform::UNAVAILABLE.into());
        }
        Ok(())
    }
}

struct Panics;

#[async_trait]
impl Handles<Happened> for Panics {
    async fn handle(&self, tx: &mut Tx, _: Happened) -> Result<(), Failure> {
        insert(tx, "panicked").await?;
        panic!("on purpose");
    }
}

struct Follows;

#[async_trait]
impl Handles<Happened> for Follows {
    async fn handle(&self, tx: &mut Tx, event: Happened) -> Result<(), Failure> {
        tx.publish(&Followed { n: event.n })
    }
}

#[async_trait]
impl Handles<Followed> for Follows {
    async fn handle(&self, tx: &mut Tx, event: Followed) -> Result<(), Failure> {
        Ok(insert(tx, &format!("followed {}", event.n)).await?)
    }
}

struct Hangs;

#[async_trait]
impl Handles<Happened> for Hangs {
    async fn handle(&self, tx: &mut Tx, _: Happened) -> Result<(), Failure> {
        insert(tx, "hung").await?;
        std::future::pending().await
    }
}

fn relay(store: &Arc<SqlStore>, subscribers: Vec<Arc<dyn Subscriber>>) -> OutboxRelay {
    OutboxRelay::new(store.clone(), subscribers)
}

async fn publish(uow: &UnitOfWork, n: u32) {
    uow.run(async |tx| tx.publish(&Happened { n })).await.expect("committed");
}

async fn settle(relay: &OutboxRelay) -> (usize, usize, usize) {
    let Settled { delivered, failed, dead } = relay.run_until_idle().await.expect("the database is there");
    (delivered, failed, dead)
}

async fn delivers_what_was_committed_and_nothing_else(db: TestDb) {
    let relay = relay(&db.store, vec![on::<Happened, _>(Arc::new(Writes::default()))]);
    let refused: Result<(), Failure> = db
        .uow
        .run(async |tx| {
            tx.publish(&Happened { n: 1 })?;
            Err(platform::STALE.into())
        })
        .await;
    refused.expect_err("refused");
    db.uow
        .run(async |tx| {
            tx.publish(&Happened { n: 2 })?;
            tx.publish(&Happened { n: 3 })?;
            // Nobody listens to this one.
            tx.publish(&Followed { n: 4 })
        })
        .await
        .expect("committed");
    assert_eq!(settle(&relay).await, (2, 0, 0));
    assert_eq!(settle(&relay).await, (0, 0, 0));
    let seen = names(&db.store).await;
    assert!(seen.len() == 2 && seen[0].starts_with("002 ") && seen[1].starts_with("003 "), "{seen:?}");
}

async fn a_failing_subscriber_has_its_effect_once(db: TestDb) {
    let writes = Arc::new(Writes { failures: 2, ..Writes::default() });
    let relay = relay(&db.store, vec![on::<Happened, _>(writes.clone())]);
    publish(&db.uow, 1).await;
    assert_eq!(settle(&relay).await, (0, 1, 0));
    assert_eq!(settle(&relay).await, (0, 0, 0), "not due yet");
    db.clock.advance(Duration::from_secs(2));
    assert_eq!(settle(&relay).await, (0, 1, 0));
    db.clock.advance(Duration::from_secs(2));
    assert_eq!(settle(&relay).await, (0, 0, 0), "the wait grows");
    db.clock.advance(DAY);
    assert_eq!(settle(&relay).await, (1, 0, 0));
    assert_eq!((names(&db.store).await.len(), writes.attempts.load(SeqCst)), (1, 3));
}

async fn two_relays_share_the_work(db: TestDb) {
    const EVENTS: u32 = 200;
    let subscribers = || vec![on::<Happened, _>(Arc::new(Writes::default()))];
    let (here, there) = (relay(&db.store, subscribers()), relay(&db.another_store().await, subscribers()));
    db.uow
        .run(async |tx| {
            for n in 0..EVENTS {
                tx.publish(&Happened { n })?;
            }
            Ok(())
        })
        .await
        .expect("committed");
    let (a, b) = tokio::join!(settle(&here), settle(&there));
    assert_eq!((a.0 + b.0, a.1 + b.1), (200, 0), "{a:?} {b:?}");
    let mut seen: Vec<String> = names(&db.store).await.iter().map(|name| name[..3].to_owned()).collect();
    assert_eq!(seen.len(), 200);
    seen.dedup();
    assert_eq!(seen.len(), 200, "something was delivered twice");
}

#[derive(FromQueryResult)]
struct Delivery {
    state: String,
    attempts: i64,
    last_error: Option<String>,
}

async fn delivery(store: &SqlStore, subscriber: &str) -> Delivery {
    let text = "SELECT state, attempts, last_error FROM outbox_deliveries WHERE subscriber = $1";
    store.row(text, [subscriber.into()]).await.expect("a query").expect("the delivery")
}

async fn gives_up_after_twelve_attempts(db: TestDb) {
    let relay = relay(
        &db.store,
        vec![on::<Happened, _>(Arc::new(Writes { failures: usize::MAX, ..Writes::default() }))],
    );
    publish(&db.uow, 1).await;
    for _ in 0..11 {
        assert_eq!(settle(&relay).await, (0, 1, 0));
        db.clock.advance(DAY);
    }
    assert_eq!(settle(&relay).await, (0, 0, 1));
    db.clock.advance(DAY * 30);
    assert_eq!(settle(&relay).await, (0, 0, 0));
    let dead = delivery(&db.store, "Writes").await;
    assert_eq!((dead.state.as_str(), dead.attempts), ("dead", 12));
    assert!(dead.last_error.expect("a reason").contains("platform.unavailable"));
    assert!(names(&db.store).await.is_empty());
}

async fn a_panic_is_a_failure_and_harms_nobody_else(db: TestDb) {
    let subscribers =
        vec![on::<Happened, _>(Arc::new(Panics)), on::<Happened, _>(Arc::new(Writes::default()))];
    let relay = relay(&db.store, subscribers);
    publish(&db.uow, 1).await;
    assert_eq!(settle(&relay).await, (1, 1, 0));
    assert_eq!(names(&db.store).await.len(), 1);
    let failed = delivery(&db.store, "Panics").await;
    assert_eq!((failed.state.as_str(), failed.attempts), ("pending", 1));
    assert_eq!(failed.last_error.as_deref(), Some("panicked: on purpose"));
}

async fn a_crash_in_the_middle_leaves_it_due(db: TestDb) {
    publish_to(&db, "Hangs").await;
    let first = relay(&db.another_store().await, vec![on::<Happened, _>(Arc::new(Hangs))]);
    tokio::time::timeout(Duration::from_millis(300), first.run_until_idle()).await.expect_err("it hangs");
    drop(first);
    assert_eq!(delivery(&db.store, "Hangs").await.state, "pending");
    assert!(names(&db.store).await.is_empty());
    struct Recovers;
    #[async_trait]
    impl Subscriber for Recovers {
        fn event(&self) -> &'static str {
            Happened::NAME
        }
        fn name(&self) -> &'static str {
            "Hangs"
        }
        async fn deliver(&self, tx: &mut Tx, _: &str) -> Result<(), Failure> {
            Ok(insert(tx, "recovered").await?)
        }
    }
    let second = relay(&db.another_store().await, vec![Arc::new(Recovers)]);
    assert_eq!(settle(&second).await, (1, 0, 0), "at once, without waiting for anything to expire");
    assert_eq!(names(&db.store).await, ["recovered"]);
}

/// Commits an event owed to a subscriber of that name.
async fn publish_to(db: &TestDb, name: &str) {
    assert_eq!(name, "Hangs");
    db.store.subscribers(&[on::<Happened, _>(Arc::new(Hangs))]);
    publish(&db.uow, 1).await;
}

async fn an_event_may_cause_another(db: TestDb) {
    let follows = Arc::new(Follows);
    let relay = relay(&db.store, vec![on::<Happened, _>(follows.clone()), on::<Followed, _>(follows)]);
    publish(&db.uow, 5).await;
    assert_eq!(settle(&relay).await, (2, 0, 0));
    assert_eq!(names(&db.store).await, ["followed 5"]);
}

async fn the_worker_wakes_up_on_commit(db: TestDb) {
    let relay = Arc::new(relay(&db.store, vec![on::<Happened, _>(Arc::new(Writes::default()))]));
    let stop = CancellationToken::new();
    let worker = tokio::spawn({
        let (relay, stop) = (relay.clone(), stop.clone());
        async move { relay.run(stop).await }
    });
    for n in 1..=5 {
        publish(&db.uow, n).await;
        while names(&db.store).await.len() < n as usize {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(30), worker).await.expect("it stops").expect("no panic");
}

async fn housekeeping_takes_old_delivered_events_only(db: TestDb) {
    let relay =
        relay(&db.store, vec![on::<Happened, _>(Arc::new(Writes { failures: 1, ..Writes::default() }))]);
    let sweep = Housekeeping::new(db.store.clone());
    publish(&db.uow, 1).await;
    assert_eq!(settle(&relay).await, (0, 1, 0));
    publish(&db.uow, 2).await;
    assert_eq!(settle(&relay).await, (1, 0, 0));
    assert_eq!(sweep.sweep().await.expect("swept"), 0);
    db.clock.advance(DAY * 8);
    assert_eq!(sweep.sweep().await.expect("swept"), 1);
    assert_eq!(settle(&relay).await, (1, 0, 0), "what was not delivered is still there");
    assert_eq!(sweep.sweep().await.expect("swept"), 1);
    assert!(db.clock.now().micros() > 0);
}
