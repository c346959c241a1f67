//! Fresh Postgres databases: migrated once per schema version, then cloned by the server.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    thread,
};

use madang_infrastructure::sql::for_migrations;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Test binaries that run at the same time make the template one after the other.
const TEMPLATE_LOCK: i64 = 0x6d61_6461_6e67_7462;

/// A database that is dropped with this.
pub(super) struct Database {
    admin: String,
    name: String,
}

/// A clone of the migrated template, and its url.
pub(super) async fn create(admin: &str) -> (Database, String) {
    let template = TEMPLATE.get_or_init(|| template(admin)).await;
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    run(admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let url = at(admin, &name);
    (Database { admin: admin.to_owned(), name }, url)
}

async fn template(admin: &str) -> String {
    let mut hasher = DefaultHasher::new();
    madang_migration::STEPS.iter().for_each(|step| (step.name, step.sql, step.postgres).hash(&mut hasher));
    let name = format!("template_{:016x}", hasher.finish());
    let connection = for_migrations(admin).await.expect("TEST_DATABASE_URL answers");
    execute(&connection, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !exists(&connection, &name).await {
        // Under another name until it is complete: whoever sees a template may clone it.
        let draft = format!("draft_{name}");
        execute(&connection, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        execute(&connection, &format!("CREATE DATABASE {draft} TEMPLATE template0")).await;
        let inside = for_migrations(&at(admin, &draft)).await.expect("the template opens");
        madang_migration::migrate(&inside).await.expect("the migrations run");
        inside.close().await.expect("the template closes");
        execute(&connection, &format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    connection.close().await.expect("the connection closes");
    name
}

async fn exists(connection: &DatabaseConnection, name: &str) -> bool {
    let text = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let done = connection.execute_unprepared(&text).await.expect("a query");
    done.rows_affected() > 0
}

async fn run(admin: &str, statement: &str) {
    let connection = for_migrations(admin).await.expect("TEST_DATABASE_URL answers");
    execute(&connection, statement).await;
    connection.close().await.expect("the connection closes");
}

async fn execute(connection: &DatabaseConnection, statement: &str) {
    let done = connection.execute_unprepared(statement).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The same server, another database.
fn at(admin: &str, database: &str) -> String {
    let (address, options) = admin.split_once('?').unwrap_or((admin, ""));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let server = address[after_scheme..].find('/').map_or(address, |slash| &address[..after_scheme + slash]);
    format!("{server}/{database}?{options}")
}

impl Drop for Database {
    /// In a thread, because a test's own runtime may be ending. A failure only leaves litter.
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let cleaning = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let connection = for_migrations(&admin).await?;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute_unprepared(&statement).await?;
                anyhow::Ok(())
            })
        });
        if !matches!(cleaning.join(), Ok(Ok(()))) {
            eprintln!("could not drop the test database {}", self.name);
        }
    }
}
