//! Where SQLite and Postgres differ. The only file that asks which of the two it is.

use madang_application::shared::Tx;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

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

/// What a column of [`records`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A UUID.
    Id,
    /// An integer.
    Number,
    /// A text.
    Text,
}

/// A table made of a JSON array of objects, the value at `place`: any number of rows in one value,
/// so that the text of the statement stays the same and need not be prepared again.
pub fn records(tx: &mut Tx, place: &str, columns: &[(&str, Column)]) -> String {
    let sqlite = is_sqlite(sql(tx));
    let columns = columns.iter().map(|(name, column)| match (sqlite, column) {
        (true, Column::Id) => format!("unhex(e.value ->> '{name}', '-') AS {name}"),
        (true, _) => format!("e.value ->> '{name}' AS {name}"),
        (false, Column::Id) => format!("{name} uuid"),
        (false, Column::Number) => format!("{name} bigint"),
        (false, Column::Text) => format!("{name} text"),
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    if sqlite {
        format!("(SELECT {columns} FROM json_each({place}) e)")
    } else {
        format!("(SELECT * FROM jsonb_to_recordset({place}::jsonb) AS e ({columns}) WHERE {FEW})")
    }
}

/// The condition that a column of ids is among those of a [`list`], the value at `place`.
pub fn among(connection: &impl ConnectionTrait, column: &str, place: &str) -> String {
    if is_sqlite(connection) {
        return format!("{column} IN (SELECT unhex(e.value, '-') FROM json_each({place}) e)");
    }
    // An array, not a table to join with: Postgres then looks them up, however many it guesses.
    format!("{column} = ANY (ARRAY (SELECT e::uuid FROM jsonb_array_elements_text({place}::jsonb) e))")
}

/// What a statement begins with that asks [`among_listed`] more than once: Postgres would read the list, the
/// value at `place`, for each of them, which takes longer than looking up what is in it.
pub fn listed(connection: &impl ConnectionTrait, place: &str) -> String {
    if is_sqlite(connection) {
        return String::new();
    }
    format!(
        "WITH listed AS MATERIALIZED \
         (SELECT ARRAY (SELECT e::uuid FROM jsonb_array_elements_text({place}::jsonb) e) AS ids) "
    )
}

/// Like [`among`], in a statement that begins with [`listed`].
pub fn among_listed(connection: &impl ConnectionTrait, column: &str, place: &str) -> String {
    if is_sqlite(connection) {
        return among(connection, column, place);
    }
    format!("{column} = ANY ((SELECT ids FROM listed)::uuid[])")
}

/// A table of the ids of a [`list`], the value at `place`, to begin a join with: behind a `CROSS JOIN`
/// SQLite looks the rest up, whatever it guesses.
pub fn ids(connection: &impl ConnectionTrait, place: &str) -> String {
    if is_sqlite(connection) {
        return format!("(SELECT unhex(e.value, '-') AS id FROM json_each({place}) e)");
    }
    format!("(SELECT e::uuid AS id FROM jsonb_array_elements_text({place}::jsonb) e WHERE {FEW})")
}

/// All ids of a column in one text, with commas between them; nothing if there are none. `Uuid` reads both
/// ways of writing them.
pub fn joined(connection: &impl ConnectionTrait, column: &str) -> String {
    if is_sqlite(connection) {
        return format!("group_concat(hex({column}), ',')");
    }
    format!("string_agg({column}::text, ',')")
}

/// True of every row `e` of a list. Postgres takes a list for a hundred rows, and would rather begin with a
/// table it believes to be smaller. After an equation it knows nothing about it takes the list for one
/// row, begins with that and looks the rest up by their keys.
const FEW: &str = "num_nulls(e) = 0";

/// Any number of ids in one value: an `IN` list would be another statement for each number of them,
/// to be parsed and planned anew.
pub fn list(ids: impl IntoIterator<Item = Uuid>) -> Value {
    let ids: Vec<String> = ids.into_iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", ids.join(",")).into()
}

/// Whether a page of the database costs so much that a few rows are better read once, and kept for the
/// rest of the statement, than looked up again and again. SQLite looks up in its own memory, and making the
/// table costs it more.
pub fn keeps_rows(connection: &impl ConnectionTrait) -> bool {
    !is_sqlite(connection)
}

/// Whether writing statements may be parts of one. SQLite knows no such statement, and is no trip away.
pub fn joins_writes(connection: &impl ConnectionTrait) -> bool {
    !is_sqlite(connection)
}

/// Whether transactions take turns instead of running side by side.
pub fn has_one_writer(connection: &impl ConnectionTrait) -> bool {
    is_sqlite(connection)
}

fn is_sqlite(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Sqlite
}
