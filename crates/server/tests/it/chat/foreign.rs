//! Clients that nobody here wrote: npm's `ws`, PyPI's `websockets` and `websocket-client`. They follow a
//! room, say something, read it back and ping. And one by hand that breaks the rules of RFC 6455.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use madang_testkit::{Socket, TestApp, TestDb};
use tokio::process::Command;

use super::{Person, open};

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("target/tools")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/chat/clients").join(name)
}

/// A room with somebody in it who repeats the numbers of what is said.
struct Stage {
    app: TestApp,
    mina: Person,
    room: String,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start(TestDb::sqlite().await).await;
        let (mina, jun) = (app.person("mina").await, app.person("jun").await);
        let room = open(&app, &mina, &[&jun]).await;
        Self { app, mina, room }
    }

    /// Runs a client to its end, which checks what it sees and says so by its exit code.
    async fn run(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) {
        let output = Command::new(program)
            .args(arguments)
            .env("BASE", self.app.base().replacen("http", "ws", 1))
            .env("TOKEN", &self.mina.token)
            .env("ROOM", &self.room)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the client can be started");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        // What the client said is there, and the server still serves.
        let mut after = Socket::open(self.app.base(), &self.mina.token).await;
        assert_eq!(after.subscribe(&self.room, None).await["lastSeq"], 3);
        after.silent().await;
    }
}

/// Says loudly what is missing.
fn missing(what: &str) {
    eprintln!("skipped: {what} is missing (scripts/tools/install.sh installs it)");
}

#[tokio::test]
async fn g07_a_client_of_node_talks() {
    let module = tools().join("npm/node_modules/ws");
    if !module.exists() {
        return missing("the npm package ws");
    }
    Stage::set().await.run("node", &[script("node.cjs").to_str().unwrap(), module.to_str().unwrap()]).await;
}

#[tokio::test]
async fn g07_a_client_of_python_talks() {
    let python = tools().join("python/bin/python3");
    let known = Command::new(&python).args(["-c", "import websockets"]).stderr(Stdio::null()).status().await;
    if !known.is_ok_and(|status| status.success()) {
        return missing("the Python package websockets");
    }
    Stage::set().await.run(python, &[script("python.py").to_str().unwrap()]).await;
}

#[tokio::test]
async fn g07_a_plain_client_of_python_talks() {
    let python = tools().join("python/bin/python3");
    let known = Command::new(&python).args(["-c", "import websocket"]).stderr(Stdio::null()).status().await;
    if !known.is_ok_and(|status| status.success()) {
        return missing("the Python package websocket-client");
    }
    Stage::set().await.run(python, &[script("plain.py").to_str().unwrap()]).await;
}

#[tokio::test]
async fn rfc_6455_is_kept_with_whoever_breaks_it() {
    let known = Command::new("python3").arg("--version").stdout(Stdio::null()).status().await;
    if !known.is_ok_and(|status| status.success()) {
        return missing("Python 3");
    }
    Stage::set().await.run("python3", &[script("rude.py").to_str().unwrap()]).await;
}
