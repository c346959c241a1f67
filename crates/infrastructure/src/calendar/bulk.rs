//! Statements over many rows at once.

use madang_application::shared::Tx;
use sea_orm::Value;

use crate::sql::later;

/// How many rows one statement writes; the widest table stays far below the limit of SQLite on
/// bound values, which is 32,766.
const ROWS: usize = 400;

/// `$from, …` for an `IN` list of `count` values.
pub(super) fn placeholders(from: usize, count: usize) -> String {
    let names: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

/// Leaves `head VALUES (…), (…) tail` over all rows for later, a few hundred at a time.
pub(super) fn insert(tx: &mut Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) {
    insert_from(tx, rows, |tuples| format!("{head} VALUES {tuples} {tail}"));
}

/// Leaves statements over all rows for later, a few hundred at a time; `text` makes one out of `(…), (…)`.
pub(super) fn insert_from(tx: &mut Tx, rows: Vec<Vec<Value>>, text: impl Fn(&str) -> String) {
    let mut rows = rows.into_iter().peekable();
    while let Some(width) = rows.peek().map(Vec::len) {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        let tuples: Vec<String> =
            (0..chunk.len()).map(|row| format!("({})", placeholders(row * width + 1, width))).collect();
        let values: Vec<Value> = chunk.into_iter().flatten().collect();
        later(tx, text(&tuples.join(", ")), values);
    }
}
