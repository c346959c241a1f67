//! A fresh, migrated database per test, on each of the databases we support.
//!
//! ```text
//! madang_testkit::on_every_database!(refuses_an_overlap, finds_what_it_saved);
//!
//! async fn refuses_an_overlap(db: TestDb) { … }   // runs as sqlite::… and as postgres::…
//! ```

mod postgres;
mod sqlite;

use std::{future::Future, sync::Arc};

use madang_application::shared::UnitOfWork;
use madang_infrastructure::sql::SqlStore;

use crate::{TestClock, TestSealer};

/// A database of its own for one test; it is gone when this is dropped.
pub struct TestDb {
    /// On SQLite with a single connection: going to the pool while a transaction is open fails
    /// within two seconds.
    pub store: Arc<SqlStore>,
    /// Transactions of [`Self::store`].
    pub uow: Arc<UnitOfWork>,
    /// The store's clock.
    pub clock: Arc<TestClock>,
    url: String,
    // Dropped last, after the store.
    _place: Place,
}

#[expect(dead_code, reason = "held for what dropping them does")]
enum Place {
    Folder(tempfile::TempDir),
    Database(postgres::Database),
}

impl TestDb {
    /// A file in a temporary folder.
    pub async fn sqlite() -> Self {
        let (folder, url) = sqlite::create().await;
        Self::over(url, Place::Folder(folder)).await
    }

    /// A database in the cluster of `TEST_DATABASE_URL`; `None` without that variable.
    ///
    /// # Panics
    /// Without the variable if `REQUIRE_POSTGRES=1`.
    pub async fn postgres() -> Option<Self> {
        let admin = external("TEST_DATABASE_URL", "REQUIRE_POSTGRES")?;
        let (database, url) = postgres::create(&admin).await;
        Some(Self::over(url, Place::Database(database)).await)
    }

    /// Where it is, for what connects by itself.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another process' view of the same database.
    pub async fn another_store(&self) -> Arc<SqlStore> {
        open(&self.url, self.clock.clone()).await
    }

    async fn over(url: String, place: Place) -> Self {
        let clock = Arc::new(TestClock::default());
        let store = open(&url, clock.clone()).await;
        Self { uow: Arc::new(UnitOfWork::new(store.clone())), store, clock, url, _place: place }
    }
}

async fn open(url: &str, clock: Arc<TestClock>) -> Arc<SqlStore> {
    let store = SqlStore::single(url, clock, Arc::new(TestSealer)).await;
    Arc::new(store.expect("the test database opens"))
}

/// The address of a service that tests may use, or why they are skipped.
///
/// # Panics
/// If the variable `required` is `1` and `variable` is missing.
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
pub fn external(variable: &str, required: &str) -> Option<String> {
    let address = std::env::var(variable).ok().filter(|address| !address.is_empty());
    if address.is_none() {
        assert!(std::env::var(required).as_deref() != Ok("1"), "{required}=1, but {variable} is not set");
        eprintln!("skipped: {variable} is not set (scripts/services.sh sets it)");
    }
    address
}

/// Runs a test on SQLite; [`crate::on_every_database`] calls it.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(TestDb) -> F) {
    runtime().block_on(async { test(TestDb::sqlite().await).await });
}

/// Runs a test on Postgres, or skips it; [`crate::on_every_database`] calls it.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(TestDb) -> F) {
    runtime().block_on(async {
        if let Some(db) = TestDb::postgres().await {
            test(db).await;
        }
    });
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime")
}

/// Makes two tests of each `async fn name(db: TestDb)`: `sqlite::name` and `postgres::name`.
#[macro_export]
macro_rules! on_every_database {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                $crate::db::on_sqlite(super::$name);
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                $crate::db::on_postgres(super::$name);
            })+
        }
    };
}
