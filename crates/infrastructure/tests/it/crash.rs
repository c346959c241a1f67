//! What was acknowledged is there after `kill -9`.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::Arc,
};

use madang_application::shared::UnitOfWork;
use madang_infrastructure::sql::{PoolSize, SqlStore, for_migrations};
use madang_testkit::{TestClock, TestSealer};

use crate::table::{insert, names};

const FOLDER: &str = "MADANG_TEST_CRASH_FOLDER";

async fn open(url: &str) -> Arc<SqlStore> {
    let clock = Arc::new(TestClock::default());
    Arc::new(SqlStore::open(url, PoolSize::default(), clock, Arc::new(TestSealer)).await.expect("opens"))
}

/// Not a test: what [`acknowledged_commits_survive`] starts and kills.
#[tokio::test]
#[ignore = "the other process of a test"]
async fn commits_and_says_so() {
    #[expect(clippy::disallowed_methods, reason = "how the test tells us")]
    let Ok(url) = std::env::var(FOLDER) else { return };
    let uow = UnitOfWork::new(open(&url).await);
    for n in 0_u32.. {
        uow.run(async |tx| Ok(insert(tx, &format!("{n:06}")).await?)).await.expect("committed");
        eprintln!("acknowledged {n:06}");
    }
}

#[tokio::test]
async fn acknowledged_commits_survive() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("crash.db").display());
    let connection = for_migrations(&url).await.expect("created");
    madang_migration::migrate(&connection).await.expect("migrated");
    connection.close().await.expect("closed");

    let mut acknowledged: Vec<String> = Vec::new();
    for _ in 0..2 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact", "--nocapture", "crash::commits_and_says_so"])
            .env(FOLDER, &url)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("another process");
        let said = BufReader::new(child.stderr.take().expect("its words"));
        let mut lines = said.lines().map_while(Result::ok);
        acknowledged.clear();
        while acknowledged.len() < 40 {
            let line = lines.next().expect("it goes on until killed");
            acknowledged.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
        }
        child.kill().expect("killed");
        child.wait().expect("dead");
        acknowledged.extend(lines.filter_map(|line| line.strip_prefix("acknowledged ").map(str::to_owned)));

        let store = open(&url).await;
        let kept = names(&store).await;
        assert!(kept.len() >= acknowledged.len() && kept.len() <= acknowledged.len() + 1, "{}", kept.len());
        assert_eq!(kept[..acknowledged.len()], acknowledged);
        store.execute("DELETE FROM installation_secrets", []).await.expect("ready for another round");
        store.close().await.expect("closed");
    }
}
