//! Statements over many rows at once.

use madang_application::shared::Tx;
use sea_orm::Value;

use crate::sql::execute;

/// How many rows one statement writes; the widest table stays far below the limit of SQLite on
/// bound values, which is 32,766.
const ROWS: usize = 400;

/// `$from, …` for an `IN` list of `count` values.
pub(super) fn placeholders(from: usize, count: usize) -> String {
    let names: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

/// Runs `head VALUES (…), (…) tail` over all rows, a few hundred at a time.
pub(super) async fn insert(tx: &mut Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> anyhow::Result<()> {
    let mut rows = rows.into_iter().peekable();
    while let Some(width) = rows.peek().map(Vec::len) {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        let tuples: Vec<String> =
            (0..chunk.len()).map(|row| format!("({})", placeholders(row * width + 1, width))).collect();
        let text = format!("{head} VALUES {} {tail}", tuples.join(", "));
        execute(tx, &text, chunk.into_iter().flatten()).await?;
    }
    Ok(())
}
