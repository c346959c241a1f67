//! Transactions are all or nothing, and hang nowhere.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use madang_application::shared::{Clock, HealthCheck, Store, Tx, UnitOfWork};
use madang_domain::shared::{Failure, Unavailable, platform};
use madang_infrastructure::sql::{PoolSize, SqlStore, dialect, for_migrations, later, row, rows};
use madang_testkit::{TestClock, TestDb, TestSealer};
use sea_orm::FromQueryResult;

use crate::table::{Entry, entries, insert, names};

madang_testkit::on_every_database!(
    keeps_what_it_was_given,
    undoes_all_of_it_on_error,
    does_what_is_left_for_later_before_anything_is_read_and_before_it_commits,
    undoes_all_of_it_when_the_request_is_dropped,
    undoes_all_of_it_on_panic,
    locks_rows_where_that_means_something,
    is_healthy_until_closed,
    increments_do_not_get_lost,
);

async fn keeps_what_it_was_given(db: TestDb) {
    #[derive(FromQueryResult)]
    struct Row {
        id: uuid::Uuid,
        payload: String,
        created_at: i64,
        early: bool,
    }
    let (id, payload, at) = (uuid::Uuid::now_v7(), "마당 🌱", db.clock.now().micros());
    let values = [id.into(), "test.kept".into(), payload.into(), at.into()];
    db.uow
        .run(async |tx| {
            insert(tx, "a").await?;
            let text = "INSERT INTO outbox (id, event, payload, created_at) VALUES ($1, $2, $3, $4)";
            madang_infrastructure::sql::execute(tx, text, values).await?;
            let inside: Vec<Entry> = rows(tx, "SELECT name, value FROM installation_secrets", []).await?;
            assert_eq!(inside.len(), 1);
            Ok(())
        })
        .await
        .expect("committed");

    let kept = entries(&db.store).await;
    assert_eq!((kept[0].name.as_str(), kept[0].value.as_slice()), ("a", &b"\x00value\xff"[..]));
    // `$1` twice: both databases bind it by its number.
    let text = "SELECT id, payload, created_at, created_at < $2 + 1 AS early FROM outbox WHERE id = $1 AND created_at = $2";
    let row: Row = db.store.row(text, [id.into(), at.into()]).await.expect("a query").expect("the row");
    assert_eq!((row.id, row.payload.as_str(), row.created_at, row.early), (id, payload, at, true));
}

async fn does_what_is_left_for_later_before_anything_is_read_and_before_it_commits(db: TestDb) {
    let leave = |tx: &mut Tx, name: &str| {
        let text = "INSERT INTO installation_secrets (name, value) VALUES ($1, $2)";
        later(tx, text, [name.into(), b"$1".to_vec().into()]);
    };
    let left = db.uow.run(async |tx| {
        for name in ["a", "b", "c"] {
            leave(tx, name);
        }
        let inside: Vec<Entry> = rows(tx, "SELECT name, value FROM installation_secrets", []).await?;
        assert_eq!(inside.len(), 3);
        leave(tx, "d");
        later(
            tx,
            "UPDATE installation_secrets SET value = $1 WHERE name = $2",
            [b"new".to_vec().into(), "b".into()],
        );
        Ok(())
    });
    left.await.expect("committed");
    let kept: Vec<(String, Vec<u8>)> =
        entries(&db.store).await.into_iter().map(|entry| (entry.name, entry.value)).collect();
    let entry = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    assert_eq!(kept, [entry("a", b"$1"), entry("b", b"new"), entry("c", b"$1"), entry("d", b"$1")]);
    // What cannot be done ends the transaction, with all that was left.
    let refused = db.uow.run(async |tx| {
        leave(tx, "e");
        leave(tx, "a");
        Ok(())
    });
    refused.await.expect_err("the name is taken");
    assert_eq!(names(&db.store).await, ["a", "b", "c", "d"]);
}

async fn undoes_all_of_it_on_error(db: TestDb) {
    let refused: Result<(), Failure> = db
        .uow
        .run(async |tx| {
            insert(tx, "a").await?;
            Err(platform::STALE.into())
        })
        .await;
    assert_eq!(refused.expect_err("refused").code(), platform::STALE);
    assert!(names(&db.store).await.is_empty());

    let twice = db
        .uow
        .run(async |tx| {
            insert(tx, "a").await?;
            Ok(insert(tx, "a").await?)
        })
        .await;
    assert_eq!(twice.expect_err("a unique violation").code(), platform::UNEXPECTED);
    assert!(names(&db.store).await.is_empty());
}

async fn undoes_all_of_it_when_the_request_is_dropped(db: TestDb) {
    for _ in 0..5 {
        let work = db.uow.run(async |tx| {
            insert(tx, "a").await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        tokio::time::timeout(Duration::from_millis(100), work).await.expect_err("dropped");
        assert!(names(&db.store).await.is_empty());
    }
}

async fn undoes_all_of_it_on_panic(db: TestDb) {
    let uow = db.uow.clone();
    let work = tokio::spawn(async move {
        let work = uow.run(async |tx| {
            insert(tx, "a").await?;
            assert_eq!(names_inside(tx).await, 2, "panics on purpose");
            Ok(())
        });
        work.await
    });
    assert!(work.await.expect_err("panicked").is_panic());
    assert!(names(&db.store).await.is_empty());
}

async fn names_inside(tx: &mut Tx) -> usize {
    rows::<Entry>(tx, "SELECT name, value FROM installation_secrets", []).await.expect("a query").len()
}

async fn locks_rows_where_that_means_something(db: TestDb) {
    db.uow.run(async |tx| Ok(insert(tx, "a").await?)).await.expect("committed");
    db.uow
        .run(async |tx| {
            let lock = dialect::for_update(tx);
            let text = format!("SELECT name, value FROM installation_secrets WHERE name = $1{lock}");
            assert!(row::<Entry>(tx, &text, ["a".into()]).await?.is_some());
            Ok(())
        })
        .await
        .expect("both databases understand it");
}

async fn is_healthy_until_closed(db: TestDb) {
    db.store.check().await.expect("healthy");
    db.store.close().await.expect("closed");
    let failure = Failure::from(db.store.check().await.expect_err("closed"));
    assert_eq!(failure.code(), platform::UNAVAILABLE);
    let failure = Failure::from(db.store.begin().await.err().expect("closed"));
    assert_eq!((failure.code(), failure.retry_after), (platform::UNAVAILABLE, Some(1)));
}

async fn increments_do_not_get_lost(db: TestDb) {
    db.uow.run(async |tx| Ok(insert(tx, "0").await?)).await.expect("committed");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let uow = db.uow.clone();
        tasks.spawn(async move {
            let work = uow.run(async |tx| {
                let lock = dialect::for_update(tx);
                let text = format!("SELECT name, value FROM installation_secrets{lock}");
                let entry: Entry = row(tx, &text, []).await?.expect("the row");
                let next = entry.name.parse::<u32>().expect("a number") + 1;
                let text = "UPDATE installation_secrets SET name = $1";
                madang_infrastructure::sql::execute(tx, text, [next.to_string().into()]).await?;
                Ok(())
            });
            work.await.expect("committed");
        });
    }
    tasks.join_all().await;
    assert_eq!(names(&db.store).await, ["30"]);
}

/// Using the pool while a transaction is open deadlocks in production once the pool is busy. With
/// one connection it fails always, and soon.
#[tokio::test]
async fn going_to_the_pool_inside_a_transaction_fails_within_seconds() {
    let db = TestDb::sqlite().await;
    let started = Instant::now();
    let nested = db.uow.run(async |_| db.uow.run(async |tx| Ok(insert(tx, "a").await?)).await).await;
    assert_eq!(nested.expect_err("nested").code(), platform::UNAVAILABLE);
    let query = db.uow.run(async |_| Ok(db.store.row::<Entry>("SELECT 1", []).await?.is_some())).await;
    assert_eq!(query.expect_err("a query inside").code(), platform::UNAVAILABLE);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(names(&db.store).await.is_empty());
}

async fn real_sqlite_pools(folder: &tempfile::TempDir) -> Arc<SqlStore> {
    let url = format!("sqlite://{}/deep/down/madang.db", folder.path().display());
    let connection = for_migrations(&url).await.expect("created with its folders");
    madang_migration::migrate(&connection).await.expect("migrated");
    connection.close().await.expect("closed");
    let clock = Arc::new(TestClock::default());
    let store = SqlStore::open(&url, PoolSize::default(), clock, Arc::new(TestSealer)).await;
    Arc::new(store.expect("opens"))
}

/// Work in many transactions goes to the end of the line after each, whoever else stands there.
#[tokio::test]
async fn n02_the_sqlite_writer_serves_in_the_order_of_asking() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let uow = UnitOfWork::new(real_sqlite_pools(&folder).await);
    let served = Mutex::new(Vec::new());
    let turn = async |who: &'static str| {
        let written = uow.run(async |tx| {
            served.lock().expect("a lock").push(who);
            Ok(insert(tx, &format!("{who}{}", served.lock().expect("a lock").len())).await?)
        });
        written.await.expect("committed");
    };
    let long = async {
        for _ in 0..4 {
            turn("long").await;
        }
    };
    let twice = async {
        turn("b").await;
        turn("b").await;
    };
    // Each of them is in line before the first has its answer, in this order.
    tokio::join!(long, turn("a"), twice, turn("c"));
    let served = served.into_inner().expect("a lock");
    assert_eq!(served, ["long", "a", "b", "c", "long", "b", "long", "long"]);
}

#[tokio::test]
async fn the_real_sqlite_pools_read_beside_a_writer_and_only_read() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = real_sqlite_pools(&folder).await;

    let uow = UnitOfWork::new(store.clone());
    uow.run(async |tx| {
        insert(tx, "a").await?;
        assert!(names(&store).await.is_empty(), "not yet committed");
        Ok(())
    })
    .await
    .expect("committed");
    assert_eq!(names(&store).await, ["a"]);

    let refused = store.rows::<Entry>("DELETE FROM installation_secrets RETURNING name, value", []).await;
    assert!(refused.is_err(), "a reader wrote");
    let pragma = |name: &'static str| {
        let store = store.clone();
        async move {
            let statement =
                sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, format!("PRAGMA {name}"));
            let row = sea_orm::ConnectionTrait::query_one_raw(store.writer(), statement).await;
            let row = row.expect("a query").expect("a row");
            row.try_get_by_index::<String>(0)
                .or_else(|_| row.try_get_by_index::<i32>(0).map(|n| n.to_string()))
        }
    };
    assert_eq!(pragma("journal_mode").await.expect("text"), "wal");
    assert_eq!(pragma("synchronous").await.expect("a number"), "2");
    assert_eq!(pragma("foreign_keys").await.expect("a number"), "1");
}

#[tokio::test]
async fn says_what_is_wrong_without_the_password() {
    for (url, expected) in [
        ("postgres://madang:hunter2@127.0.0.1:1/madang", "connect to Postgres"),
        ("mysql://madang:hunter2@127.0.0.1/madang", "must begin with"),
        ("sqlite:///proc/nowhere/madang.db", "create /proc/nowhere"),
    ] {
        let clock = Arc::new(TestClock::default());
        let error = SqlStore::open(url, PoolSize::default(), clock, Arc::new(TestSealer)).await.err();
        let text = format!("{:#}", error.expect("no such database"));
        assert!(text.contains(expected) && !text.contains("hunter2"), "{text}");
    }
    let away = anyhow::Error::new(Unavailable("database")).context("why");
    assert_eq!(Failure::from(away).code(), platform::UNAVAILABLE);
}

#[test]
fn nobody_notices_that_postgres_dropped_its_connections() {
    madang_testkit::db::on_postgres(async |db: TestDb| {
        // A single connection, which therefore never ends another of its own.
        let other = for_migrations(db.url()).await.expect("a connection");
        for name in ["1", "2", "3"] {
            let warm = (0..8)
                .map(|_| db.store.rows::<Entry>("SELECT * FROM installation_secrets, pg_sleep(0.05)", []));
            futures_util::future::try_join_all(warm).await.expect("eight connections");
            let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sea_orm::ConnectionTrait::execute_unprepared(&other, text).await.expect("terminated");
            db.uow.run(async |tx| Ok(insert(tx, name).await?)).await.expect("a new connection");
            assert!(names(&db.store).await.contains(&name.to_owned()));
        }
    });
}

/// What is read outside transactions changes nothing, and who stops waiting for an answer leaves
/// none behind for the next one.
#[test]
fn connections_of_postgres_that_read_only_read_and_mix_up_no_answers() {
    madang_testkit::db::on_postgres(async |db: TestDb| {
        let refused = db.store.rows::<Entry>("DELETE FROM installation_secrets RETURNING name, value", []);
        assert!(refused.await.is_err(), "a reader wrote");
        db.uow.run(async |tx| Ok(insert(tx, "a").await?)).await.expect("committed");
        let slow = "SELECT 'slow' AS name, value FROM installation_secrets, pg_sleep(20)";
        for _ in 0..20 {
            let gone =
                tokio::time::timeout(Duration::from_millis(20), db.store.rows::<Entry>(slow, [])).await;
            assert!(gone.is_err(), "nobody waited for it");
            assert_eq!(names(&db.store).await, ["a"]);
        }
    });
}

/// sqlx's watch over the age of idle connections may spin for ever (see `sql::connect`).
#[test]
fn nobody_watches_over_the_pool() {
    madang_testkit::db::on_postgres(async |db: TestDb| {
        let options = db.store.writer().get_postgres_connection_pool().options();
        assert_eq!((options.get_idle_timeout(), options.get_max_lifetime()), (None, None));
    });
}
