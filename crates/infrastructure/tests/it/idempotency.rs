//! One key, one effect, one answer.

use std::{sync::Arc, time::Duration};

use madang_application::shared::{
    Clock, IdempotencyRecords, OnceKey, Recorded, RecordedAnswer, Stepwise, Tx, UnitOfWork,
};
use madang_domain::shared::{Failure, platform};
use madang_testkit::TestDb;
use sea_orm::FromQueryResult;

use crate::table::{insert, names};

madang_testkit::on_every_database!(
    one_of_many_twins_has_the_effect,
    a_failed_effect_frees_the_key,
    steps_go_on_where_the_first_request_stopped,
    n02_what_was_done_at_once_is_not_done_again_in_steps,
    another_request_under_the_same_key_is_refused,
    the_first_answer_is_kept,
    a_refusal_is_kept_too,
    keeps_nothing_readable,
    forgets_old_keys,
);

fn key(name: &str) -> OnceKey {
    OnceKey {
        actor: "someone".into(),
        route: "POST /v1/things".into(),
        key: name.into(),
        fingerprint: [7; 32],
    }
}

fn answer(status: u16) -> RecordedAnswer {
    let headers = vec![("X-Access-Token".to_owned(), "secret".to_owned())];
    RecordedAnswer { status, headers, body: b"{\"secret\":1}".to_vec() }
}

async fn create(uow: &UnitOfWork, key: &OnceKey, name: String) -> Result<String, Failure> {
    let work = uow.run_once(Some(key), async |tx| {
        insert(tx, &name).await?;
        Ok(name)
    });
    work.await
}

async fn one_of_many_twins_has_the_effect(db: TestDb) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let uow = db.uow.clone();
        tasks.spawn(async move { create(&uow, &key("k"), format!("thing {n}")).await });
    }
    let results: Vec<String> =
        tasks.join_all().await.into_iter().map(|result| result.expect("a result")).collect();
    assert_eq!(names(&db.store).await, results[..1]);
    assert!(results.iter().all(|result| *result == results[0]));
    create(&db.uow, &key("another"), "more".into()).await.expect("another key, another effect");
    assert_eq!(names(&db.store).await.len(), 2);
}

/// Four steps with one thing each; the third may fail.
struct FourSteps {
    by: &'static str,
    fails: bool,
}

#[async_trait::async_trait]
impl Stepwise for FourSteps {
    type Known = Vec<String>;

    async fn keep(&self, _: &mut Tx) -> Result<(), Failure> {
        Ok(())
    }

    async fn step(&self, tx: &mut Tx, done: &mut Vec<String>) -> Result<bool, Failure> {
        if self.fails && done.len() == 2 {
            return Err(platform::UNAVAILABLE.into());
        }
        let name = format!("thing {} {}", done.len(), self.by);
        insert(tx, &name).await?;
        done.push(name);
        Ok(done.len() < 4)
    }
}

async fn steps_go_on_where_the_first_request_stopped(db: TestDb) {
    let run = async |by, fails| db.uow.run_in_steps(Some(&key("k")), &FourSteps { by, fails }).await;
    run("a", true).await.expect_err("stopped");
    assert_eq!(names(&db.store).await, ["thing 0 a", "thing 1 a"]);
    let expected = ["thing 0 a", "thing 1 a", "thing 2 b", "thing 3 b"];
    for by in ["b", "c"] {
        assert_eq!(run(by, false).await.expect("the end"), expected);
        assert_eq!(names(&db.store).await, expected);
    }
    let other = OnceKey { fingerprint: [8; 32], ..key("k") };
    let refused = db.uow.run_in_steps(Some(&other), &FourSteps { by: "d", fails: false }).await;
    assert_eq!(refused.expect_err("reused").code(), platform::IDEMPOTENCY_KEY_REUSED);
}

/// As where a program did in one transaction what its next version does in steps.
async fn n02_what_was_done_at_once_is_not_done_again_in_steps(db: TestDb) {
    let done = vec!["one".to_owned(), "two".to_owned()];
    let first = db.uow.run_once(Some(&key("k")), async |_| Ok(done.clone())).await;
    assert_eq!(first.expect("done"), done);
    let again = db.uow.run_in_steps(Some(&key("k")), &FourSteps { by: "a", fails: false }).await;
    assert_eq!(again.expect("the first result"), done);
    assert!(names(&db.store).await.is_empty());
}

async fn a_failed_effect_frees_the_key(db: TestDb) {
    let refused: Result<(), Failure> =
        db.uow.run_once(Some(&key("k")), async |_| Err(platform::NOT_FOUND.into())).await;
    assert_eq!(refused.expect_err("refused").code(), platform::NOT_FOUND);
    assert_eq!(db.store.find(&key("k")).await.expect("a query"), None);
    create(&db.uow, &key("k"), "thing".into()).await.expect("the key is free");
}

async fn another_request_under_the_same_key_is_refused(db: TestDb) {
    create(&db.uow, &key("k"), "thing".into()).await.expect("created");
    let other = OnceKey { fingerprint: [8; 32], ..key("k") };
    let failure = create(&db.uow, &other, "thing 2".into()).await.expect_err("reused");
    assert_eq!(failure.code(), platform::IDEMPOTENCY_KEY_REUSED);
    let reused = Some(Recorded { same_request: false, answer: None });
    assert_eq!(db.store.find(&other).await.expect("a query"), reused);
    let recorded = db.store.record(&other, answer(201)).await.expect("a query");
    assert!(!recorded.same_request);
    // Other actors and other routes have keys of their own.
    create(&db.uow, &OnceKey { actor: "else".into(), ..key("k") }, "b".into()).await.expect("created");
    create(&db.uow, &OnceKey { route: "POST /".into(), ..key("k") }, "c".into()).await.expect("created");
}

async fn the_first_answer_is_kept(db: TestDb) {
    create(&db.uow, &key("k"), "thing".into()).await.expect("created");
    let lost = Some(Recorded { same_request: true, answer: None });
    assert_eq!(db.store.find(&key("k")).await.expect("a query"), lost);
    let first = Recorded { same_request: true, answer: Some(answer(201)) };
    assert_eq!(db.store.record(&key("k"), answer(201)).await.expect("recorded"), first);
    assert_eq!(db.store.record(&key("k"), answer(500)).await.expect("kept"), first);
    assert_eq!(db.store.find(&key("k")).await.expect("a query"), Some(first));
    let again = create(&db.uow, &key("k"), "thing 2".into()).await;
    assert_eq!(again.expect("the first result"), "thing");
}

async fn a_refusal_is_kept_too(db: TestDb) {
    let first = Recorded { same_request: true, answer: Some(answer(422)) };
    assert_eq!(db.store.record(&key("k"), answer(422)).await.expect("recorded"), first);
    // A twin that passed the look-up before must not have an effect behind that answer.
    let twin = create(&db.uow, &key("k"), "thing".into()).await.expect_err("too late");
    assert_eq!(twin.code(), platform::IDEMPOTENCY_KEY_BUSY);
    assert!(names(&db.store).await.is_empty());
}

async fn keeps_nothing_readable(db: TestDb) {
    #[derive(FromQueryResult)]
    struct Row {
        result: Vec<u8>,
        answer_headers: Vec<u8>,
        answer_body: Vec<u8>,
    }
    create(&db.uow, &key("k"), "secret".into()).await.expect("created");
    db.store.record(&key("k"), answer(201)).await.expect("recorded");
    let text = "SELECT result, answer_headers, answer_body FROM idempotency_keys";
    let row: Row = db.store.row(text, []).await.expect("a query").expect("a row");
    for stored in [row.result, row.answer_headers, row.answer_body] {
        assert!(!String::from_utf8_lossy(&stored).contains("secret"));
    }
}

async fn forgets_old_keys(db: TestDb) {
    create(&db.uow, &key("old"), "old".into()).await.expect("created");
    db.clock.advance(Duration::from_secs(10));
    let instant = db.clock.now();
    create(&db.uow, &key("new"), "new".into()).await.expect("created");
    assert_eq!(db.store.forget_older_than(instant).await.expect("forgotten"), 1);
    assert_eq!(db.store.find(&key("old")).await.expect("a query"), None);
    assert!(db.store.find(&key("new")).await.expect("a query").is_some());
}

#[test]
fn postgres_gives_up_on_a_twin_after_five_seconds() {
    madang_testkit::db::on_postgres(async |db: TestDb| {
        let (started, uow) = (Arc::new(tokio::sync::Notify::new()), db.uow.clone());
        let told = started.clone();
        let slow = tokio::spawn(async move {
            let key = key("k");
            let work = uow.run_once(Some(&key), async |tx| {
                told.notify_one();
                insert(tx, "slow").await?;
                tokio::time::sleep(Duration::from_secs(7)).await;
                Ok(())
            });
            work.await
        });
        started.notified().await;
        let twin = create(&db.uow, &key("k"), "twin".into()).await.expect_err("busy");
        assert_eq!((twin.code(), twin.retry_after), (platform::IDEMPOTENCY_KEY_BUSY, Some(1)));
        slow.await.expect("no panic").expect("committed");
        assert_eq!(names(&db.store).await, ["slow"]);
    });
}
