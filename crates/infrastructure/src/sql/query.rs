//! Raw statements: one text for both databases, placeholders `$1` to `$n`, rows into structs.
//!
//! ```ignore
//! let posts: Vec<PostRow> = self.rows("SELECT id, text FROM posts WHERE author_id = $1", [author.into()]).await?;
//! let changed = execute(tx, "UPDATE posts SET text = $1 WHERE id = $2", [text.into(), id.into()]).await?;
//! ```

use madang_application::shared::Tx;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, QueryResult, Value};
use sqlx::Postgres;

use super::{SqlSession, SqlStore, broken, connect::Reading, dialect, errors::is_lost, lanes::Lanes};

/// Connections are not asked whether they live before each use. When the database restarts, as
/// many as the pool holds fail once, and reading and beginning may simply be tried again.
pub(super) const ATTEMPTS: usize = 10;

/// The open transaction, for SeaORM's entities, after [`settled`]. Map their errors with [`broken`].
pub fn sql(tx: &mut Tx) -> &DatabaseTransaction {
    tx.session::<SqlSession>().transaction()
}

/// All rows of a query inside the transaction.
pub async fn rows<T: FromQueryResult>(
    tx: &mut Tx,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> anyhow::Result<Vec<T>> {
    settled(tx).await?;
    let transaction = sql(tx);
    read(transaction.query_all_raw(dialect::statement(transaction, text, values)).await)
}

/// The first row of a query inside the transaction.
pub async fn row<T: FromQueryResult>(
    tx: &mut Tx,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> anyhow::Result<Option<T>> {
    Ok(rows(tx, text, values).await?.into_iter().next())
}

/// Runs a statement inside the transaction and says how many rows it changed.
pub async fn execute(
    tx: &mut Tx,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> anyhow::Result<u64> {
    settled(tx).await?;
    run(sql(tx), text, values).await
}

/// Leaves a writing statement of which nobody waits to hear for later: it runs before the next one of the
/// transaction that is not left, at the latest with the commit. On Postgres all that are left become one
/// statement, a single trip. So none of them may need what another one writes, except for foreign keys, and
/// no two may change the same row: where they do, [`settled`] stands between them.
pub fn later(tx: &mut Tx, text: impl Into<String>, values: impl IntoIterator<Item = Value>) {
    tx.session::<SqlSession>().leave(text.into(), values.into_iter().collect());
}

/// Runs what was left for later.
pub async fn settled(tx: &mut Tx) -> anyhow::Result<()> {
    tx.session::<SqlSession>().run_errands().await.map_err(broken)
}

impl SqlStore {
    /// All rows of a query, outside any transaction.
    pub async fn rows<T: FromQueryResult>(
        &self,
        text: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> anyhow::Result<Vec<T>> {
        let values = values.into_iter();
        read(match self.reading() {
            Reading::Sqlite(lanes) => lanes.rows(text, values.collect()).await,
            Reading::Postgres(lanes) => again(lanes, text, values.collect()).await,
            Reading::Pool(pool) => pool.query_all_raw(dialect::statement(pool, text, values)).await,
        })
    }

    /// The first row of a query, outside any transaction.
    pub async fn row<T: FromQueryResult>(
        &self,
        text: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> anyhow::Result<Option<T>> {
        let Reading::Sqlite(lanes) = self.reading() else {
            return Ok(self.rows(text, values).await?.into_iter().next());
        };
        let found = lanes.row(text, values.into_iter().collect()).await.map_err(broken)?;
        found.map(|row| T::from_query_result(&row, "").map_err(broken)).transpose()
    }

    /// Runs one statement in a transaction of its own and says how many rows it changed. For the
    /// platform's own chores; use cases change things through a `Tx`.
    pub async fn execute(&self, text: &str, values: impl IntoIterator<Item = Value>) -> anyhow::Result<u64> {
        run(self.writer(), text, values).await
    }
}

async fn again(lanes: &Lanes<Postgres>, text: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
    let mut found = lanes.rows(text, values.clone()).await;
    for _ in 1..ATTEMPTS {
        if !found.as_ref().is_err_and(is_lost) {
            break;
        }
        found = lanes.rows(text, values.clone()).await;
    }
    found
}

fn read<T: FromQueryResult>(found: Result<Vec<QueryResult>, DbErr>) -> anyhow::Result<Vec<T>> {
    found.map_err(broken)?.iter().map(|row| T::from_query_result(row, "").map_err(broken)).collect()
}

async fn run(
    connection: &impl ConnectionTrait,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> anyhow::Result<u64> {
    let done = connection.execute_raw(dialect::statement(connection, text, values)).await.map_err(broken)?;
    Ok(done.rows_affected())
}

/// For `LIKE … ESCAPE '!'`: what contains this text, none of which means anything else.
pub fn containing(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}
