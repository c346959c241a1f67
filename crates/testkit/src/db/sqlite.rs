//! Fresh SQLite files: migrated once per process, then copied.

use madang_infrastructure::sql::for_migrations;
use tempfile::TempDir;
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

/// A folder with a migrated database, and its url.
pub(super) async fn create() -> (TempDir, String) {
    let template = TEMPLATE.get_or_init(migrated).await;
    let folder = TempDir::new().expect("a temporary folder");
    std::fs::write(folder.path().join("test.db"), template).expect("a database file");
    let url = url(&folder);
    (folder, url)
}

async fn migrated() -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary folder");
    let connection = for_migrations(&url(&folder)).await.expect("a database file");
    madang_migration::migrate(&connection).await.expect("the migrations run");
    // The last connection to close moves the write-ahead log into the file.
    connection.close().await.expect("the database closes");
    std::fs::read(folder.path().join("test.db")).expect("the migrated database")
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("test.db").display())
}
