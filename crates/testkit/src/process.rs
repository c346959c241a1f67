//! The compiled program as its own process, as an operator runs it.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madang_infrastructure::sql::SqlStore;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::{Call, PASSWORD, Person, TestDb, app::text, db::external, http};

/// A running server process; killed when dropped.
pub struct Process {
    child: Child,
    client: reqwest::Client,
    base: String,
    log: Arc<Mutex<Vec<u8>>>,
    /// The line it printed when it was ready.
    pub ready_line: String,
}

/// How a process ended that was never ready.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Process {
    /// Starts `serve` with a free port and these variables, and waits for the ready line.
    ///
    /// # Errors
    /// How it ended, if it ended instead.
    pub async fn start(binary: &str, data: &Path, variables: &[(&str, &str)]) -> Result<Self, Ended> {
        let mut child =
            command(binary, data, variables).arg("serve").spawn().expect("the program can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let first =
            timeout(Duration::from_secs(60), lines.next_line()).await.expect("a ready line within a minute");
        let Ok(Some(ready_line)) = first else {
            return Err(Ended::of(child).await);
        };
        // Whoever pipes must also read, or the process would stop at a full pipe.
        let stderr = child.stderr.take().expect("its errors are piped");
        let log = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(keep(stderr, Arc::clone(&log)));
        let address = ready_line.split_whitespace().nth(3).unwrap_or_default().to_owned();
        Ok(Self { child, client: http::client(), base: address, log, ready_line })
    }

    /// Runs another command of the program to its end; answers its standard output too.
    pub async fn run(
        binary: &str,
        data: &Path,
        variables: &[(&str, &str)],
        command_line: &[&str],
    ) -> (Ended, String) {
        let output =
            command(binary, data, variables).args(command_line).output().await.expect("it can be started");
        let ended =
            Ended { status: output.status, stderr: String::from_utf8_lossy(&output.stderr).into_owned() };
        (ended, String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A request to a path.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.client, method, &format!("{}{path}", self.base))
    }

    /// `http://127.0.0.1:port`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Signs somebody up and logs them in.
    pub async fn person(&self, nickname: &str) -> Person {
        let email = format!("{nickname}@example.com");
        let body = json!({
            "email": email, "password": PASSWORD, "passwordConfirmation": PASSWORD, "nickname": nickname,
        });
        let account = self.call(Method::POST, "/v1/auth/signup").json(body).expect(201).await;
        let pair = self.login(&email).await;
        Person {
            id: text(&account["id"]),
            nickname: nickname.to_owned(),
            email,
            token: text(&pair["accessToken"]),
            refresh: text(&pair["refreshToken"]),
        }
    }

    /// Logs in; answers the `TokenPair`.
    pub async fn login(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        self.call(Method::POST, "/v1/auth/login").json(body).expect(200).await
    }

    /// The most memory it ever held, in KiB; 0 where the system does not tell.
    pub fn peak_memory_kib(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory it holds, in KiB; 0 where the system does not tell.
    pub fn memory_kib(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The part of it that is not the program's file, which all processes share, in KiB.
    pub fn own_memory_kib(&self) -> u64 {
        self.memory("RssAnon:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status =
            self.child.id().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// What it has logged so far, up to some megabytes.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Sends a signal by its name, `TERM` or `KILL`.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it is running").to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await.expect("kill can be started");
        assert!(sent.success(), "the signal was not sent");
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> ExitStatus {
        timeout(Duration::from_secs(40), self.child.wait())
            .await
            .expect("it ends within 40 s")
            .expect("it can be awaited")
    }
}

/// Reads to the end and keeps the beginning.
async fn keep(mut pipe: ChildStderr, log: Arc<Mutex<Vec<u8>>>) {
    const KEPT: usize = 4 * 1024 * 1024;
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = pipe.read(&mut piece).await {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < KEPT {
            log.extend_from_slice(&piece[..length]);
        }
    }
}

impl Ended {
    async fn of(mut child: Child) -> Self {
        let mut stderr = String::new();
        if let Some(mut pipe) = child.stderr.take() {
            let _ = pipe.read_to_string(&mut stderr).await;
        }
        Self { status: child.wait().await.expect("it can be awaited"), stderr }
    }
}

fn command(binary: &str, data: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("MADANG__DATA_DIR", data)
        .env("MADANG__HTTP__LISTEN", "127.0.0.1:0")
        .env("MADANG__HTTP__INTERNAL_LISTEN", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .current_dir(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Addresses of real services for tests of several processes.
pub struct TestServices {
    database: TestDb,
    redis: String,
}

impl TestServices {
    /// A fresh Postgres database, and Redis; `None` where the tests have neither.
    ///
    /// # Panics
    /// If they are required and missing.
    pub async fn fresh() -> Option<Self> {
        let redis = external("TEST_REDIS_URL", "REQUIRE_REDIS")?;
        Some(Self { database: TestDb::postgres().await?, redis })
    }

    /// The same with nothing in the database, not even a schema.
    ///
    /// # Panics
    /// If they are required and missing, or the database cannot be emptied.
    pub async fn bare() -> Option<Self> {
        let services = Self::fresh().await?;
        for statement in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
            services.database.store.execute(statement, []).await.expect("the database can be emptied");
        }
        Some(services)
    }

    /// `postgres://…`
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The database itself, to look into and to change behind the program's back.
    pub fn store(&self) -> &SqlStore {
        &self.database.store
    }

    /// `redis://…`
    pub fn redis_url(&self) -> &str {
        &self.redis
    }
}
