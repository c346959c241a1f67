//! Redis keeps a copy of which sessions ended, and losing it lets nobody in.

use std::time::{Duration, Instant};

use madang_testkit::{Person, Process, Proxy, TestServices, text};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const BINARY: &str = env!("CARGO_BIN_EXE_madang");

/// What Redis says to a command.
async fn ask(redis: &str, command: &str) -> String {
    let url = reqwest::Url::parse(redis).unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The sets of all installations that tests have in this Redis: ours is the one with our session.
async fn copied(redis: &str, session: &str) -> Option<String> {
    let keys = ask(redis, "KEYS *identity.revoked").await;
    for key in keys.lines().filter(|line| line.ends_with("identity.revoked")) {
        let score = ask(redis, &format!("ZSCORE {key} {session}")).await;
        if score.starts_with('$') && !score.starts_with("$-1") {
            return Some(key.to_owned());
        }
    }
    None
}

async fn soon<T>(look: impl AsyncFn() -> Option<T>, within: Duration) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < within, "it does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn refused(process: &Process, person: &Person) {
    let look = async || {
        let reply = process.call(Method::GET, "/v1/me").bearer(&person.token).send().await;
        (reply.status == 401).then_some(())
    };
    // A second is promised; a busy machine may need more.
    soon(look, Duration::from_secs(15)).await;
}

async fn session(process: &Process, person: &Person) -> String {
    let list = process.call(Method::GET, "/v1/auth/sessions").bearer(&person.token).expect(200).await;
    text(&list["items"][0]["id"])
}

async fn log_out(process: &Process, person: &Person) {
    process.call(Method::POST, "/v1/auth/logout").bearer(&person.token).expect(204).await;
}

#[tokio::test]
async fn n14_redis_keeps_a_copy_and_losing_it_lets_nobody_in() {
    let Some(services) = TestServices::fresh().await else { return };
    let (redis, cable) = (services.redis_url(), Proxy::to(services.redis_url()).await);
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("MADANG__RATE_LIMITS__ENABLED", "false"),
        ("DATABASE_URL", services.database_url()),
        ("REDIS_URL", &cable.url),
    ];
    let start = async || Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let (one, two) = (start().await, start().await);
    let (sky, sea) = (one.person("sky").await, one.person("sea").await);
    let sessions = [session(&one, &sky).await, session(&two, &sea).await];

    log_out(&one, &sky).await;
    refused(&two, &sky).await;
    let wait = Duration::from_secs(30);
    let key = soon(async || copied(redis, &sessions[0]).await, wait).await;

    // Away: the record does it alone. Back, and empty: it is filled again.
    cable.plug(false).await;
    log_out(&two, &sea).await;
    refused(&one, &sea).await;
    // Nobody notices otherwise: people log in here and go on there.
    let pair = one.login(&sea.email).await;
    let again = two.call(Method::POST, "/v1/auth/refresh");
    let again = again.json(json!({ "refreshToken": pair["refreshToken"] })).expect(200).await;
    one.call(Method::GET, "/v1/me").bearer(text(&again["accessToken"])).expect(200).await;
    ask(redis, &format!("DEL {key}")).await;
    refused(&one, &sky).await;
    refused(&two, &sky).await;
    cable.plug(true).await;
    for session in &sessions {
        soon(async || copied(redis, session).await, wait).await;
    }

    // Whoever starts after another loss refuses from the first request on.
    ask(redis, &format!("DEL {key}")).await;
    let three = start().await;
    for person in [&sky, &sea] {
        let call = three.call(Method::GET, "/v1/me").bearer(&person.token);
        call.refused(401, "identity.session_ended").await;
    }
}
