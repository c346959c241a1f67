//! Opening the pools.
//!
//! Transactions have a pool, and what is read outside of them has connections of its own that only
//! read. On SQLite one connection writes: writers then queue in the pool, in order and without
//! spinning on the file lock.

use std::{str::FromStr, thread::available_parallelism, time::Duration};

use anyhow::{Context, bail};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::{
    ConnectOptions as _, Postgres, Sqlite,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::lanes::Lanes;

/// How long a request waits for a free connection before it is told "unavailable".
pub(super) const ACQUIRE: Duration = Duration::from_secs(2);
/// The same where no request waits: at the start, when the database may be starting as well.
const PATIENT: Duration = Duration::from_secs(5);
/// How long an SQLite statement waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);
/// How many statements an SQLite connection keeps prepared: more than this program has.
const SQLITE_STATEMENTS: usize = 1000;
/// As many as are asked often. Postgres keeps some ten kilobytes for each, on every connection.
const POSTGRES_STATEMENTS: usize = 300;
/// How many rows the thread of an SQLite connection reads ahead: at the limit it sleeps, and must be
/// woken for each row that is taken.
const ROWS: usize = 4096;
/// A connection unused for this long is asked whether it still lives before it is used; asking
/// each time costs a round trip per request.
pub(super) const PING_AFTER_IDLE: Duration = Duration::from_secs(30);
/// A connection older than this is replaced, so that a server gives back what it keeps for each,
/// and a cluster that moved is found again.
pub(super) const MOST_AGE: Duration = Duration::from_mins(30);

/// How many connections this process may open.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolSize {
    /// Those that read, and on Postgres as many again for transactions; SQLite has one for them.
    /// `None` takes twice the cores, at least 4.
    pub connections: Option<u32>,
}

impl PoolSize {
    fn count(self) -> u32 {
        let cores = available_parallelism().map_or(1, usize::from);
        self.connections.unwrap_or_else(|| u32::try_from(cores * 2).unwrap_or(u32::MAX).max(4)).max(1)
    }
}

/// Where queries outside transactions go.
pub(super) enum Reading {
    /// To connections of their own, which only read a file.
    Sqlite(Box<Lanes<Sqlite>>),
    /// To connections of their own, whose transactions are read-only.
    Postgres(Box<Lanes<Postgres>>),
    /// To the pool that writes as well.
    Pool(DatabaseConnection),
}

/// For reading and for writing.
pub(super) async fn pools(url: &str, size: PoolSize) -> anyhow::Result<(Reading, DatabaseConnection)> {
    if is_sqlite(url)? {
        // The writer first: only it may create the file and the write-ahead log.
        let write = sqlite(url).await?;
        let options = sqlite_options(SqliteConnectOptions::from_str(url)?).read_only(true);
        let lanes = Lanes::new(options.disable_statement_logging(), size.count());
        return Ok((Reading::Sqlite(lanes.into()), write));
    }
    on_postgres(url, size.count()).await
}

/// One connection for reading and writing on SQLite, a few of each on Postgres.
pub(super) async fn single(url: &str) -> anyhow::Result<(Reading, DatabaseConnection)> {
    if !is_sqlite(url)? {
        return on_postgres(url, 8).await;
    }
    let pool = sqlite(url).await?;
    Ok((Reading::Pool(pool.clone()), pool))
}

async fn on_postgres(url: &str, count: u32) -> anyhow::Result<(Reading, DatabaseConnection)> {
    let write = postgres(url, count, Timeouts::Requests).await?;
    let options = postgres_options(PgConnectOptions::from_str(&plain(url))?, Timeouts::Requests)
        .options([("default_transaction_read_only", "on")]);
    Ok((Reading::Postgres(Lanes::new(options.disable_statement_logging(), count).into()), write))
}

/// One connection without time limits, because changing a big table takes as long as it takes.
pub async fn for_migrations(url: &str) -> anyhow::Result<DatabaseConnection> {
    if is_sqlite(url)? { sqlite(url).await } else { postgres(url, 1, Timeouts::None).await }
}

fn is_sqlite(url: &str) -> anyhow::Result<bool> {
    match url.split(':').next() {
        Some("sqlite") => Ok(true),
        Some("postgres" | "postgresql") => Ok(false),
        // The url itself may hold a password, so it is not repeated.
        _ => bail!("the database url must begin with sqlite:// or postgres://"),
    }
}

/// `synchronous=FULL`: a commit returns after the write-ahead log reached the disk, so what was
/// acknowledged survives `kill -9` as well as a power cut. `NORMAL` would survive only the
/// former; it was measured at 4,839 instead of 2,883 small commits per second, and nobody here
/// needs either number as much as a promise without a footnote.
async fn sqlite(url: &str) -> anyhow::Result<DatabaseConnection> {
    let parsed = SqliteConnectOptions::from_str(url).context("the database url")?;
    let file = parsed.get_filename().to_owned();
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |options| {
            sqlite_options(options)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
        });
    Database::connect(options).await.with_context(|| format!("open the database {}", file.display()))
}

fn sqlite_options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(SQLITE_STATEMENTS)
        .row_buffer_size(ROWS)
        .pragma("cache_size", "-16000")
}

#[derive(Clone, Copy, PartialEq)]
enum Timeouts {
    Requests,
    None,
}

/// Connections of the pool grow old without a limit that it watches over: sqlx's watch may count
/// the idle ones while two threads change that number, read a number below zero, and then spin
/// through 2^64 of them.
async fn postgres(url: &str, connections: u32, timeouts: Timeouts) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(plain(url));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(if timeouts == Timeouts::None { PATIENT } else { ACQUIRE })
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire_if_idle_for(PING_AFTER_IDLE)
        .map_sqlx_postgres_before_acquire(|_, known| Box::pin(async move { Ok(known.age < MOST_AGE) }))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(move |options| postgres_options(options, timeouts));
    Database::connect(options).await.context("connect to Postgres")
}

fn postgres_options(options: PgConnectOptions, timeouts: Timeouts) -> PgConnectOptions {
    let options = options.application_name("madang").statement_cache_capacity(POSTGRES_STATEMENTS);
    if timeouts == Timeouts::None {
        return options;
    }
    options.options([
        // Everything is looked up by keys. To read a table from end to end is right only while it is
        // small, and Postgres keeps that plan when it has grown.
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        // Else Postgres plans a statement anew whenever it guesses that this is worth while, and goes on
        // guessing so where a table is large, though the plan comes out the same.
        ("plan_cache_mode", "force_generic_plan"),
        // A table without a key to look up by is read all the same, but its plan then seems so dear that
        // Postgres would compile it, which takes longer than reading it.
        ("jit", "off"),
        // The price of a page out of order, on a disk without moving parts.
        ("random_page_cost", "1.1"),
        ("statement_timeout", "15s"),
        // Also how long a claimed idempotency key waits for its twin.
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ])
}

/// With the scheme the drivers know.
fn plain(url: &str) -> String {
    url.strip_prefix("postgresql:").map_or_else(|| url.to_owned(), |rest| format!("postgres:{rest}"))
}
