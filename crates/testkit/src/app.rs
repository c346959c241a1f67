//! The whole program on a free port, against a database of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use madang_container::Registry;
use madang_server::{
    app::{self, Pools, Running},
    config::Config,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Call, TestDb, http};

/// A password every policy accepts.
pub const PASSWORD: &str = "correct-Horse7-battery";

/// The real modules and the real middleware, served over TCP on a free port.
pub struct TestApp {
    running: Running,
    client: reqwest::Client,
    base: String,
    database: String,
    /// Kept so that it is dropped last; another node of the same database has none.
    _db: Option<TestDb>,
    data: tempfile::TempDir,
}

/// Somebody who signed up and logged in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account's id.
    pub id: String,
    /// How they are known.
    pub nickname: String,
    /// How they log in.
    pub email: String,
    /// The access token.
    pub token: String,
    /// The refresh token.
    pub refresh: String,
}

impl TestApp {
    /// Starts on this database with rate limits off, as most tests want it.
    pub async fn start(db: TestDb) -> Self {
        Self::start_with(db, |_| {}, |_| {}).await
    }

    /// Starts with as many connections as programs have that serve. For tests of who waits for whom: with
    /// the one connection that others have on SQLite, whoever reads waits for those who write as well.
    pub async fn start_with_all_connections(db: TestDb) -> Self {
        Self::start_on(db, Pools::Sized, |_| {}, |_| {}).await
    }

    /// Starts with another configuration or with replaced adapters.
    ///
    /// # Panics
    /// If the program does not start.
    pub async fn start_with(
        db: TestDb,
        configure: impl FnOnce(&mut Config),
        adjust: impl FnOnce(&mut Registry),
    ) -> Self {
        Self::start_on(db, Pools::Single, configure, adjust).await
    }

    async fn start_on(
        db: TestDb,
        pools: Pools,
        configure: impl FnOnce(&mut Config),
        adjust: impl FnOnce(&mut Registry),
    ) -> Self {
        // Failed requests say why in the output of the test.
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_test_writer().try_init();
        let data = tempfile::tempdir().expect("a directory for data");
        let mut config = Config { data_dir: data.path().to_owned(), ..Config::default() };
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.internal_listen = ([127, 0, 0, 1], 0).into();
        config.rate_limits.enabled = false;
        configure(&mut config);
        config.database.url = Some(db.url().into());
        let running = app::start_on(config, pools, adjust).await.expect("the program starts");
        Self::of(running, Some(db), data)
    }

    /// Starts another node on the same database, which the first keeps until both are done.
    ///
    /// # Panics
    /// If the program does not start.
    pub async fn beside(&self, adjust: impl FnOnce(&mut Registry)) -> Self {
        let data = tempfile::tempdir().expect("a directory for data");
        let mut config = Config { data_dir: data.path().to_owned(), ..Config::default() };
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.internal_listen = ([127, 0, 0, 1], 0).into();
        config.rate_limits.enabled = false;
        config.database.url = Some(self.database.as_str().into());
        let running = app::start_on(config, Pools::Single, adjust).await.expect("the program starts");
        Self { database: self.database.clone(), ..Self::of(running, None, data) }
    }

    fn of(running: Running, db: Option<TestDb>, data: tempfile::TempDir) -> Self {
        let base = format!("http://{}", running.address);
        // Every test has its own connections.
        let client = http::client();
        let database = db.as_ref().map_or_else(String::new, |db| db.url().to_owned());
        Self { running, client, base, database, _db: db, data }
    }

    /// `http://127.0.0.1:port`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The running program, for its container and its internal listener.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Where the program keeps its files.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// A request to a path of the program, or to an absolute URL.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        Call::new(&self.client, method, &url)
    }

    /// `GET`
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST`
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// `PUT`
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// `PATCH`
    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    /// `DELETE`
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Signs up under this nickname (2–10 Hangul, Latin letters or digits) and logs in.
    pub async fn person(&self, nickname: &str) -> Person {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let email = format!("person{}@example.com", NEXT.fetch_add(1, Ordering::Relaxed));
        let account = self
            .post("/v1/auth/signup")
            .json(json!({
                "email": email, "password": PASSWORD, "passwordConfirmation": PASSWORD, "nickname": nickname,
            }))
            .expect(201)
            .await;
        let pair = self.login(&email, PASSWORD).await;
        Person {
            id: text(&account["id"]),
            nickname: nickname.to_owned(),
            email,
            token: text(&pair["accessToken"]),
            refresh: text(&pair["refreshToken"]),
        }
    }

    /// Logs in; answers the `TokenPair`.
    pub async fn login(&self, email: &str, password: &str) -> Value {
        self.post("/v1/auth/login").json(json!({ "email": email, "password": password })).expect(200).await
    }

    /// Waits until every domain event has reached its subscribers.
    ///
    /// # Panics
    /// If the relay cannot reach the database.
    pub async fn settle(&self) {
        self.running.settle().await.expect("the relay runs");
    }

    /// Stops as SIGTERM would, and waits for the end.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// A JSON text, without quotes.
///
/// # Panics
/// If the value is no text.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text was expected, not {value}")).to_owned()
}
