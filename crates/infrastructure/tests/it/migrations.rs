//! The schema's history.

use madang_infrastructure::sql::for_migrations;
use madang_testkit::TestDb;

madang_testkit::on_every_database!(runs_once_however_many_start_together);

async fn runs_once_however_many_start_together(db: TestDb) {
    // Test databases come migrated; a second time nothing is left to do.
    db.store.close().await.expect("closed");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = db.url().to_owned();
        tasks.spawn(async move {
            let connection = for_migrations(&url).await.expect("opens");
            madang_migration::migrate(&connection).await.expect("migrates");
            assert!(madang_migration::pending(&connection).await.expect("a list").is_empty());
            connection.close().await.expect("closes");
        });
    }
    tasks.join_all().await;
}
