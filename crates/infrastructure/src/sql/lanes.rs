//! The connections that read an SQLite file.
//!
//! The pool of `sqlx` asks a connection whether it still lives whenever one comes back. Over a
//! network that finds dead ones; here it is a second trip to the thread of the connection for
//! every query, and costs as much as most queries do.

use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnAcquireErr, DbErr, QueryResult, RuntimeErr, Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::connect::ACQUIRE;

/// A fixed number of connections, opened when they are first needed.
pub(super) struct Lanes {
    options: SqliteConnectOptions,
    turns: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

impl Lanes {
    /// At most `count` connections.
    pub(super) fn new(options: SqliteConnectOptions, count: u32) -> Self {
        let turns = Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS));
        Self { options, turns, idle: Mutex::default() }
    }

    /// All rows of a query.
    pub(super) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
        let mut lane = self.lane().await?;
        let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(Values(values)));
        let found = query.fetch_all(lane.connection().await?).await;
        Ok(lane.after(found)?.into_iter().map(QueryResult::from).collect())
    }

    /// The first row of a query; the database stops there.
    pub(super) async fn row(&self, text: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbErr> {
        let mut lane = self.lane().await?;
        let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(Values(values)));
        let found = query.fetch_optional(lane.connection().await?).await;
        Ok(lane.after(found)?.map(QueryResult::from))
    }

    async fn lane(&self) -> Result<Lane<'_>, DbErr> {
        let turn = match timeout(ACQUIRE, self.turns.acquire()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_closed)) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_elapsed) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        };
        let connection = self.idle().pop();
        Ok(Lane { lanes: self, connection, _turn: turn })
    }

    /// Closes all connections, after the queries under way.
    pub(super) async fn close(&self) -> Result<(), DbErr> {
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            connection.close().await.map_err(failed)?;
        }
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection while it is used.
struct Lane<'lanes> {
    lanes: &'lanes Lanes,
    connection: Option<SqliteConnection>,
    _turn: SemaphorePermit<'lanes>,
}

impl Lane<'_> {
    async fn connection(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.lanes.options.connect().await.map_err(failed)?,
        };
        Ok(self.connection.insert(connection))
    }

    /// A connection whose thread died is not kept.
    fn after<T>(&mut self, found: Result<T, sqlx::Error>) -> Result<T, DbErr> {
        if let Err(sqlx::Error::WorkerCrashed) = found {
            self.connection = None;
        }
        found.map_err(failed)
    }
}

/// Whoever stops waiting for an answer leaves a connection whose thread ends that query by itself
/// before it begins another. Queries leave nothing else behind: there are no transactions here.
impl Drop for Lane<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && !self.lanes.turns.is_closed()
        {
            self.lanes.idle().push(connection);
        }
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
