//! The connections that read outside transactions.
//!
//! The pool of `sqlx` asks a connection whether it still lives whenever one comes back: a second
//! trip to the thread of an SQLite connection, or over the network to Postgres, for every query.
//! Here a connection is asked only when it has not been used for long, and one that fails is gone.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{ConnAcquireErr, DbErr, QueryResult, RuntimeErr, Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Executor, IntoArguments};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{sleep, timeout},
};

use super::{
    connect::{ACQUIRE, MOST_AGE, PING_AFTER_IDLE},
    errors::passes_by_itself,
};

/// How the connections of a database are opened.
type Options<D> = <<D as Database>::Connection as Connection>::Options;

/// A fixed number of connections, opened when they are first needed.
pub(super) struct Lanes<D: Database> {
    options: Options<D>,
    turns: Semaphore,
    idle: Mutex<Vec<Lane<D>>>,
}

/// A connection.
struct Lane<D: Database> {
    connection: D::Connection,
    opened: Instant,
    used: Instant,
}

/// A connection while it is used. Whoever stops waiting for an answer drops it, and with it the
/// connection, which may be in the middle of that answer.
struct Lent<'lanes, D: Database> {
    lane: Lane<D>,
    _turn: SemaphorePermit<'lanes>,
}

impl<D: Database> Lanes<D>
where
    for<'lane> &'lane mut D::Connection: Executor<'lane, Database = D>,
    SqlxValues: IntoArguments<D>,
    QueryResult: From<D::Row>,
{
    /// At most `count` connections.
    pub(super) fn new(options: Options<D>, count: u32) -> Self {
        let turns = Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS));
        Self { options, turns, idle: Mutex::default() }
    }

    /// All rows of a query.
    pub(super) async fn rows(&self, text: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(Values(values)));
        let found = query.fetch_all(&mut lent.lane.connection).await;
        Ok(self.take_back(lent, found)?.into_iter().map(QueryResult::from).collect())
    }

    /// The first row of a query; the database may stop there.
    pub(super) async fn row(&self, text: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(Values(values)));
        let found = query.fetch_optional(&mut lent.lane.connection).await;
        Ok(self.take_back(lent, found)?.map(QueryResult::from))
    }

    /// Closes all connections; those lent close when their query ends.
    pub(super) async fn close(&self) -> Result<(), DbErr> {
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle());
        for lane in idle {
            lane.connection.close().await.map_err(failed)?;
        }
        Ok(())
    }

    async fn lend(&self) -> Result<Lent<'_, D>, DbErr> {
        let lent = timeout(ACQUIRE, async {
            let closed = |_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
            let turn = self.turns.acquire().await.map_err(closed)?;
            let lane = match self.living().await {
                Some(lane) => lane,
                None => self.open().await?,
            };
            Ok(Lent { lane, _turn: turn })
        });
        lent.await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }

    /// A connection that was used before, unless none is worth using again.
    async fn living(&self) -> Option<Lane<D>> {
        loop {
            let mut lane = self.idle().pop()?;
            if lane.opened.elapsed() > MOST_AGE {
                // What it says to that does not matter.
                let _ = lane.connection.close().await;
            } else if lane.used.elapsed() < PING_AFTER_IDLE || lane.connection.ping().await.is_ok() {
                return Some(lane);
            }
        }
    }

    /// A new connection, as soon as the database takes one.
    async fn open(&self) -> Result<Lane<D>, DbErr> {
        let mut pause = Duration::from_millis(10);
        loop {
            match self.options.connect().await {
                Ok(connection) => {
                    let now = Instant::now();
                    return Ok(Lane { connection, opened: now, used: now });
                }
                Err(error) if passes_by_itself(&error) => sleep(pause).await,
                Err(error) => return Err(DbErr::Conn(RuntimeErr::SqlxError(error.into()))),
            }
            pause *= 2;
        }
    }

    /// Keeps the connection unless the query failed: what the database refuses is refused rarely,
    /// and after anything else the connection is of no use.
    fn take_back<T>(&self, lent: Lent<'_, D>, found: Result<T, sqlx::Error>) -> Result<T, DbErr> {
        let found = found.map_err(failed)?;
        if !self.turns.is_closed() {
            self.idle().push(Lane { used: Instant::now(), ..lent.lane });
        }
        Ok(found)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Lane<D>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
