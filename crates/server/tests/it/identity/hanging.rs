//! N26: a Redis that takes questions and does not answer, or much later, delays nobody
//! (`docs/adr/0023-waiting-for-redis.md`).

use std::time::{Duration, Instant};

use madang_testkit::{Cable, PASSWORD, Person, Process, Proxy, Socket, TestServices, text};
use reqwest::Method;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_madang");

/// As many requests as would take seconds if each waited.
const MANY: usize = 40;

/// Some seconds are more than is promised, but a busy machine may need them.
async fn soon(what: &str, look: impl AsyncFn() -> bool) -> Duration {
    let begun = Instant::now();
    while !look().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: it does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

async fn redis_is(process: &Process, state: &str) {
    let look = async || {
        process.call(Method::GET, "/health/ready").send().await.expect(200)["checks"]["redis"] == state
    };
    soon(state, look).await;
}

async fn many_reads(process: &Process, person: &Person) -> Duration {
    let begun = Instant::now();
    for _ in 0..MANY {
        process.call(Method::GET, "/v1/me").bearer(&person.token).expect(200).await;
    }
    begun.elapsed()
}

/// What is asked of the first process, and seen at the last one, which may be the same.
async fn all_goes_on(first: &Process, last: &Process, redis: &Proxy, cable: Cable, name: &str) {
    for process in [first, last] {
        redis_is(process, "up").await;
    }
    let (sky, sea) = (first.person(&format!("sky{name}")).await, last.person(&format!("sea{name}")).await);
    let body = json!({ "userIds": [sea.id] });
    let room = first.call(Method::POST, "/v1/rooms").bearer(&sky.token).json(body).expect(201).await;
    let room = text(&room["id"]);
    let mut hers = Socket::open(first.base(), &sky.token).await;
    let mut his = Socket::open(last.base(), &sea.token).await;
    his.subscribe(&room, None).await;
    let usual = many_reads(first, &sky).await;

    redis.turn(cable).await;
    let meanwhile = many_reads(first, &sky).await;
    // If each waited it would take these seconds longer, and twice that, for it has two budgets.
    let wait = Duration::from_millis(100) * u32::try_from(MANY).unwrap();
    assert!(meanwhile < usual * 3 + wait, "{usual:?} became {meanwhile:?}");
    for process in [first, last] {
        redis_is(process, "down").await;
    }

    // Logging in here and going on there; talking; logging out here, refused there.
    let pair = first.login(&sky.email).await;
    let again = last.call(Method::POST, "/v1/auth/refresh");
    let again = again.json(json!({ "refreshToken": pair["refreshToken"] })).expect(200).await;
    last.call(Method::GET, "/v1/me").bearer(text(&again["accessToken"])).expect(200).await;
    for number in 1..=3 {
        let client = number.to_string();
        hers.send(json!({ "type": "message", "roomId": room, "clientId": client, "text": "x" })).await;
        assert_eq!(hers.until("ack").await["seq"], number);
        assert_eq!(his.seqs(1).await, [number]);
    }
    first.call(Method::POST, "/v1/auth/logout").bearer(&sky.token).expect(204).await;
    let refused = async || last.call(Method::GET, "/v1/me").bearer(&sky.token).send().await.status == 401;
    let lag = soon("the end of a session", refused).await;
    eprintln!("{cable:?}: {MANY} reads took {usual:?}, then {meanwhile:?}; a logout was seen after {lag:?}");
    assert_eq!(hers.closed().await, 4401);

    redis.turn(Cable::Plugged).await;
    for process in [first, last] {
        redis_is(process, "up").await;
    }
    assert_eq!(text(&last.login(&sea.email).await["userId"]), sea.id);
}

/// Budgets are counted by each process alone: they do end.
async fn a_budget_ends(process: &Process) {
    let body = json!({ "email": "nobody@example.com", "code": "123456" });
    let guess = || process.call(Method::POST, "/v1/auth/email-verifications/confirm").json(body.clone());
    for _ in 0..100 {
        let reply = guess().send().await;
        if reply.status == 429 {
            assert_eq!(reply.json()["code"], "platform.rate_limited");
            return;
        }
        assert_eq!(reply.json()["code"], "identity.code_invalid");
    }
    panic!("nobody is counted");
}

async fn nobody_notices(database: Option<&str>, redis: &str, processes: usize) {
    let (redis, folder) = (Proxy::to(redis).await, tempfile::tempdir().unwrap());
    let mut variables = vec![("REDIS_URL", redis.url.as_str())];
    variables.extend(database.map(|url| ("DATABASE_URL", url)));
    let mut nodes = Vec::new();
    for _ in 0..processes {
        nodes.push(Process::start(BINARY, folder.path(), &variables).await.unwrap());
    }
    let (first, last) = (&nodes[0], &nodes[processes - 1]);
    all_goes_on(first, last, &redis, Cable::Hanging, "a").await;
    all_goes_on(first, last, &redis, Cable::Slow(Duration::from_secs(5)), "b").await;

    // Whoever starts meanwhile starts, without it.
    redis.turn(Cable::Hanging).await;
    let late = Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let body = json!({ "email": "seaa@example.com", "password": PASSWORD });
    late.call(Method::POST, "/v1/auth/login").json(body).expect(200).await;
    a_budget_ends(&late).await;
}

#[tokio::test]
async fn n26_one_process_goes_on_while_redis_hangs() {
    let Some(services) = TestServices::fresh().await else { return };
    nobody_notices(None, services.redis_url(), 1).await;
}

#[tokio::test]
async fn n26_two_processes_go_on_while_redis_hangs() {
    let Some(services) = TestServices::fresh().await else { return };
    nobody_notices(Some(services.database_url()), services.redis_url(), 2).await;
}
