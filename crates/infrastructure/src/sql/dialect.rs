//! Where SQLite and Postgres differ. The only file that asks which of the two it is.

use madang_application::shared::Tx;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::query::sql;

/// The statement as this connection's database wants it.
pub fn statement(
    connection: &impl ConnectionTrait,
    text: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), text, values)
}

/// Ends a `SELECT` that must keep others from changing its rows until the transaction ends.
/// SQLite has a single writer, who needs no lock.
pub fn for_update(tx: &mut Tx) -> &'static str {
    if is_sqlite(sql(tx)) { "" } else { " FOR UPDATE" }
}

/// Like [`for_update`], but others may refer to the rows with foreign keys meanwhile: for rows
/// that are about to be changed, not deleted.
pub fn for_change(tx: &mut Tx) -> &'static str {
    if is_sqlite(sql(tx)) { "" } else { " FOR NO KEY UPDATE" }
}

/// Like [`for_change`], but others may read the rows in the same way meanwhile.
pub fn for_share(tx: &mut Tx) -> &'static str {
    if is_sqlite(sql(tx)) { "" } else { " FOR SHARE" }
}

/// Ends a sub-select by which several processes share out rows without waiting for each other.
pub fn skip_locked(tx: &mut Tx) -> &'static str {
    if is_sqlite(sql(tx)) { "" } else { " FOR UPDATE SKIP LOCKED" }
}

/// Whether transactions take turns instead of running side by side.
pub fn has_one_writer(connection: &impl ConnectionTrait) -> bool {
    is_sqlite(connection)
}

fn is_sqlite(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Sqlite
}
