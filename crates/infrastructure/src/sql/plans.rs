//! How a database would answer a statement: what tests of plans share.

use sea_orm::{ConnectionTrait, DatabaseConnection, Value};

use super::dialect;

/// Checks that a statement reads no table from end to end, and answers how many pages it touches
/// where the database says so. `tables` may not be scanned on Postgres; on SQLite nothing may but
/// `small`, which are the names of subqueries and tables of a few rows.
pub(crate) async fn cost(
    connection: &DatabaseConnection,
    what: &str,
    text: &str,
    values: &[Value],
    tables: &[&str],
    small: &[&str],
) -> Option<u64> {
    if dialect::has_one_writer(connection) {
        let plan = lines(connection, &format!("EXPLAIN QUERY PLAN {text}"), values, "detail").await;
        // Subqueries, which hold one page, may be scanned and sorted; tables may not. A constant row
        // is a value put together from others.
        let scans = |line: &&String| {
            line.starts_with("SCAN ") && !line.contains("SUBQUERY") && *line != "SCAN CONSTANT ROW"
        };
        let is = |line: &str, name: &&str| line.split(' ').nth(1) == Some(*name);
        let allowed = |line: &&String| small.iter().any(|name| is(line, name));
        let bad = plan.iter().filter(scans).filter(|line| !allowed(line)).collect::<Vec<_>>();
        assert!(bad.is_empty(), "{what}: {plan:#?}");
        return None;
    }
    let mut most = 0;
    for plan in prepared(connection, text, values).await {
        let scan = |line: &String| tables.iter().any(|table| line.contains(&format!("Seq Scan on {table} ")));
        assert!(!plan.iter().any(scan), "{what}: {plan:#?}");
        let buffers = plan.iter().find_map(|line| buffers(line)).expect("the plan tells its buffers");
        most = most.max(buffers);
    }
    Some(most)
}

/// Checks that a statement looks for a column in indexes, and only for one value of it or between two.
pub(crate) async fn is_bounded(
    connection: &DatabaseConnection,
    what: &str,
    text: &str,
    values: &[Value],
    column: &str,
) {
    let (plans, mark) = if dialect::has_one_writer(connection) {
        let plan = lines(connection, &format!("EXPLAIN QUERY PLAN {text}"), values, "detail").await;
        (vec![plan], "SEARCH ")
    } else {
        (prepared(connection, text, values).await, "Index Cond: ")
    };
    for plan in plans {
        let searches = plan.iter().filter(|line| line.contains(mark) && line.contains(column));
        let searches: Vec<String> = searches.map(|line| line.replace(' ', "")).collect();
        assert!(!searches.is_empty(), "{what} does not look for {column}: {plan:#?}");
        for line in searches {
            let has = |sign: &str| line.contains(&format!("{column}{sign}"));
            assert!(has("=") || (has(">") && has("<")), "{what} looks for {column} in {line}: {plan:#?}");
        }
    }
}

/// The plans Postgres may take: statements are prepared, and it may plan those without looking at
/// their values.
async fn prepared(connection: &DatabaseConnection, text: &str, values: &[Value]) -> Vec<Vec<String>> {
    let mut plans = Vec::new();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let literals: Vec<_> = values.iter().map(literal).collect();
        let types: Vec<_> = values.iter().map(kind).collect();
        let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
        let prepare = format!("PREPARE list {types} AS {text}");
        for statement in [format!("SET plan_cache_mode = {mode}"), prepare] {
            connection.execute_unprepared(&statement).await.expect("prepared");
        }
        let explain = if literals.is_empty() {
            "EXPLAIN (ANALYZE, BUFFERS) EXECUTE list".to_owned()
        } else {
            format!("EXPLAIN (ANALYZE, BUFFERS) EXECUTE list ({})", literals.join(", "))
        };
        plans.push(lines(connection, &explain, &[], "QUERY PLAN").await);
        connection.execute_unprepared("DEALLOCATE list").await.expect("forgotten");
    }
    plans
}

async fn lines(
    connection: &DatabaseConnection,
    explain: &str,
    values: &[Value],
    column: &str,
) -> Vec<String> {
    let statement = dialect::statement(connection, explain, values.to_vec());
    let rows = connection.query_all_raw(statement).await.expect("explained");
    rows.iter().map(|row| row.try_get::<String>("", column).expect("a line")).collect()
}

/// `Buffers: shared hit=84 read=2`, of the topmost node.
fn buffers(line: &str) -> Option<u64> {
    let numbers = line.trim().strip_prefix("Buffers: shared ")?;
    let number = |part: &str| part.split_once('=').and_then(|(_, number)| number.parse::<u64>().ok());
    Some(numbers.split(' ').filter_map(number).sum())
}

/// The type that the driver says the value has.
fn kind(value: &Value) -> &'static str {
    if matches!(value, Value::BigInt(_)) {
        return "bigint";
    }
    if matches!(value, Value::String(_)) { "text" } else { "uuid" }
}

fn literal(value: &Value) -> String {
    if let Value::BigInt(Some(number)) = value {
        return number.to_string();
    }
    if let Value::String(Some(text)) = value {
        return format!("'{text}'");
    }
    let Value::Uuid(Some(id)) = value else { panic!("no literal for {value:?}") };
    format!("'{id}'")
}
