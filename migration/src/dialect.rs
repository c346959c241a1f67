//! What the two databases want said differently in a schema.
//!
//! Nearly all of it is the same SQL. SQLite takes Postgres' type names, because it takes any: it
//! keeps `uuid` and `bytea` as blobs, `boolean` and `bigint` as integers. The rest is written as:
//!
//! * `{bytewise}` behind a `text` column that is sorted or compared by prefix: `COLLATE "C"` on
//!   Postgres, nothing on SQLite, which compares bytes anyway.

use sea_orm_migration::{
    prelude::DbErr,
    sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend},
};

/// The number under which processes wait for each other; any constant does.
const MIGRATION_LOCK: i64 = 0x6d61_6461_6e67;

/// Runs `both`, then on Postgres `postgres`.
pub(crate) async fn run(
    connection: &impl ConnectionTrait,
    both: &[&str],
    postgres: &[&str],
) -> Result<(), DbErr> {
    let (bytewise, postgres) =
        if is_sqlite(connection) { ("", &[][..]) } else { ("COLLATE \"C\"", postgres) };
    for statement in both.iter().chain(postgres) {
        connection.execute_unprepared(&statement.replace("{bytewise}", bytewise)).await?;
    }
    Ok(())
}

/// Waits until no other process changes the schema. SQLite has no such lock and one process.
pub(crate) async fn take_turns(connection: &DatabaseConnection) -> Result<(), DbErr> {
    lock(connection, "pg_advisory_lock").await
}

/// Lets the next process go on.
pub(crate) async fn let_others(connection: &DatabaseConnection) -> Result<(), DbErr> {
    lock(connection, "pg_advisory_unlock").await
}

async fn lock(connection: &DatabaseConnection, function: &str) -> Result<(), DbErr> {
    if !is_sqlite(connection) {
        connection.execute_unprepared(&format!("SELECT {function}({MIGRATION_LOCK})")).await?;
    }
    Ok(())
}

fn is_sqlite(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Sqlite
}
