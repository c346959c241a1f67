//! The one adapter behind every SQL port.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use madang_application::shared::{Clock, Sealer, Session, Store, Subscriber};
use sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::Notify;

use super::{
    PoolSize, SqlSession, broken,
    connect::{self, Reading},
    errors::is_lost,
    query::ATTEMPTS,
};

/// Which subscribers listen to an event, by its name.
type Listeners = HashMap<&'static str, Vec<&'static str>>;

/// What the store shares with the transactions it began.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sealer: Arc<dyn Sealer>,
    pub(super) listeners: OnceLock<Listeners>,
    pub(super) delivery_due: Notify,
}

/// A database. It implements the SQL ports of every capability in the capabilities' own folders.
pub struct SqlStore {
    read: Reading,
    write: DatabaseConnection,
    shared: Arc<Shared>,
}

impl SqlStore {
    /// Connects to `sqlite://path/to/file` (created if missing) or `postgres://…`.
    ///
    /// # Errors
    /// If the database cannot be opened; the text says which one, without its password.
    pub async fn open(
        url: &str,
        size: PoolSize,
        clock: Arc<dyn Clock>,
        sealer: Arc<dyn Sealer>,
    ) -> anyhow::Result<Self> {
        let (read, write) = connect::pools(url, size).await?;
        Ok(Self::over(read, write, clock, sealer))
    }

    /// For tests: on SQLite one connection for reads and writes, so that whoever goes to the pool
    /// while a transaction is open fails within two seconds.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub async fn single(url: &str, clock: Arc<dyn Clock>, sealer: Arc<dyn Sealer>) -> anyhow::Result<Self> {
        let (read, write) = connect::single(url).await?;
        Ok(Self::over(read, write, clock, sealer))
    }

    fn over(
        read: Reading,
        write: DatabaseConnection,
        clock: Arc<dyn Clock>,
        sealer: Arc<dyn Sealer>,
    ) -> Self {
        let shared = Shared { clock, sealer, listeners: OnceLock::new(), delivery_due: Notify::new() };
        Self { read, write, shared: Arc::new(shared) }
    }

    /// Where queries go.
    pub(super) fn reading(&self) -> &Reading {
        &self.read
    }

    /// The pool transactions come from.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Tells the store who listens to what, so that a commit can note every delivery it owes.
    /// Once per process, before the first commit; later calls change nothing.
    pub fn subscribers(&self, subscribers: &[Arc<dyn Subscriber>]) {
        self.shared.listeners.get_or_init(|| {
            let mut listeners = Listeners::new();
            for subscriber in subscribers {
                listeners.entry(subscriber.event()).or_default().push(subscriber.name());
            }
            listeners
        });
    }

    /// Closes all connections, after the statements under way.
    ///
    /// # Errors
    /// If the database could not be told.
    pub async fn close(&self) -> anyhow::Result<()> {
        match &self.read {
            Reading::Sqlite(lanes) => lanes.close().await.map_err(broken)?,
            Reading::Postgres(lanes) => lanes.close().await.map_err(broken)?,
            Reading::Pool(_) => {}
        }
        self.write.close_by_ref().await.map_err(broken)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

#[async_trait]
impl Store for SqlStore {
    /// Immediate, because an SQLite transaction that reads first and writes later fails at once
    /// when somebody else wrote in between. Postgres ignores it.
    async fn begin(&self) -> anyhow::Result<Box<dyn Session>> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let mut begun = self.write.begin_with_options(options).await;
        for _ in 1..ATTEMPTS {
            if !begun.as_ref().is_err_and(is_lost) {
                break;
            }
            begun = self.write.begin_with_options(options).await;
        }
        Ok(Box::new(SqlSession::new(begun.map_err(broken)?, self.shared.clone())))
    }
}
