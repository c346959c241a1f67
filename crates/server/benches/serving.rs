//! `make bench`: what one process does under load, over loopback, on this machine.
//!
//! Figures depend on the machine and on what else it does; compare runs, not numbers. The client
//! shares the cores with the server.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and stops when something fails"
)]

mod baseline;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use madang_testkit::{PASSWORD, Process, TestDb};
use reqwest::Method;
use serde_json::json;

const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");

/// As in the program, so that nobody has the better allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Ok(data) = std::env::var(baseline::DATA) {
        runtime.block_on(baseline::run(data.as_ref()));
    }
    runtime.block_on(async {
        measure("SQLite", &[UNLIMITED], None).await;
        match TestDb::postgres().await {
            Some(db) => measure("Postgres", &[UNLIMITED, ("DATABASE_URL", db.url())], Some(db.url())).await,
            None => println!("Postgres: skipped"),
        }
    });
    ExitCode::SUCCESS
}

async fn measure(name: &str, variables: &[(&str, &str)], database: Option<&str>) {
    let data = tempfile::tempdir().expect("a directory");
    let process = Process::start(env!("CARGO_BIN_EXE_madang"), data.path(), variables)
        .await
        .expect("the program starts");
    println!("== {name}");
    let mina = process.person(&format!("b{:08x}", std::process::id())).await;
    let calendars = process.call(Method::GET, "/v1/calendars").bearer(&mina.token).expect(200).await;
    let calendar = calendars["items"][0]["id"].as_str().expect("a default calendar").to_owned();
    for day in 1..=28 {
        let body = json!({
            "title": "Picnic",
            "start": { "dateTime": format!("2026-11-{day:02}T10:00:00"), "timeZone": "Asia/Seoul" },
            "end": { "dateTime": format!("2026-11-{day:02}T11:00:00"), "timeZone": "Asia/Seoul" },
        });
        let path = format!("/v1/calendars/{calendar}/events");
        process.call(Method::POST, &path).bearer(&mina.token).json(body).expect(201).await;
        let body = json!({ "text": format!("Post {day}"), "visibility": "public" });
        process.call(Method::POST, "/v1/posts").bearer(&mina.token).json(body).expect(201).await;
    }
    logins(&process, &mina.email).await;
    compare_logins(&process, &mina.email).await;
    let bare = baseline::start(data.path(), database).await;
    compare_me(&process, &bare.base, &mina.token).await;
    drop(bare);
    let month = "/v1/events?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    for path in ["/health/live", "/v1/me", month, "/v1/feed"] {
        let base = process.base().to_owned();
        let token = mina.token.clone();
        throughput(path, move |client| client.get(format!("{base}{path}")).bearer_auth(&token)).await;
    }
    let (base, token) = (process.base().to_owned(), mina.token.clone());
    throughput("POST /v1/posts", move |client| {
        client
            .post(format!("{base}/v1/posts"))
            .bearer_auth(&token)
            .json(&json!({ "text": "One more", "visibility": "public" }))
    })
    .await;
    println!("peak memory: {} MiB", process.peak_memory_kib() / 1024);
    process.signal("TERM").await;
    process.ended().await;
}

/// 200 logins at once, while another client asks for a sign of life.
async fn logins(process: &Process, email: &str) {
    let client = reqwest::Client::new();
    let started = Instant::now();
    let mut running = Vec::new();
    for _ in 0..200 {
        let call = client
            .post(format!("{}/v1/auth/login", process.base()))
            .json(&json!({ "email": email, "password": PASSWORD }));
        running.push(tokio::spawn(async move { call.send().await.map(|answer| answer.status().as_u16()) }));
    }
    let probe = client.get(format!("{}/health/live", process.base()));
    let mut alive = Vec::new();
    while running.iter().any(|login| !login.is_finished()) {
        let asked = Instant::now();
        probe.try_clone().expect("a GET can be repeated").send().await.expect("it lives");
        alive.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = started.elapsed();
    let (mut served, mut busy) = (0, 0);
    for login in running {
        match login.await.expect("no panic").expect("an answer") {
            200 => served += 1,
            503 => busy += 1,
            status => panic!("a login was answered with {status}"),
        }
    }
    println!(
        "200 parallel logins: {served} served, {busy} told to retry, {:.0}/s; meanwhile {}",
        f64::from(served) / took.as_secs_f64(),
        spread("/health/live", &mut alive),
    );
}

/// What 32 clients get in three seconds.
async fn throughput(name: &str, call: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder) {
    let (rate, mut taken) = load(Duration::from_secs(3), call).await;
    println!("{rate:.0}/s  {}", spread(name, &mut taken));
}

/// 32 clients, each with one request under way: how many a second, and how long each took.
async fn load(
    lasting: Duration,
    call: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
) -> (f64, Vec<Duration>) {
    const CLIENTS: usize = 32;
    let client = reqwest::Client::new();
    let started = Instant::now();
    let until = started + lasting;
    let mut running = Vec::new();
    for _ in 0..CLIENTS {
        let request = call(&client);
        running.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            while Instant::now() < until {
                let asked = Instant::now();
                let answer = request.try_clone().expect("repeatable").send().await.expect("an answer");
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.expect("a body");
                taken.push(asked.elapsed());
            }
            taken
        }));
    }
    let mut taken = Vec::new();
    for client in running {
        taken.extend(client.await.expect("no panic"));
    }
    (taken.len() as f64 / started.elapsed().as_secs_f64(), taken)
}

/// Logins a second beside what the same cores hash when they do nothing else, in short turns as well.
/// Wanted: 85 %.
async fn compare_logins(process: &Process, email: &str) {
    const TURNS: usize = 6;
    let (mut logins, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let hashed = tokio::task::spawn_blocking(|| baseline::hashes_per_second(TURN));
        hashes.push(hashed.await.expect("no panic"));
        logins.push(logins_per_second(process, email).await);
    }
    let ratios = logins.iter().zip(&hashes).map(|(logins, hashes)| logins / hashes).collect();
    println!(
        "logins: {:.1}/s; raw argon2id on the same cores: {:.1}/s; ratio {:.2} (medians of {TURNS} turns)",
        median(logins),
        median(hashes),
        median(ratios),
    );
}

/// How long a turn of a comparison takes whose parts are few and long.
const TURN: Duration = Duration::from_secs(2);

/// With two clients for each core.
async fn logins_per_second(process: &Process, email: &str) -> f64 {
    let (url, email) = (format!("{}/v1/auth/login", process.base()), email.to_owned());
    let clients = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let until = started + TURN;
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let (client, url, email) = (reqwest::Client::new(), url.clone(), email.clone());
            tokio::spawn(async move {
                let mut served = 0_u32;
                while Instant::now() < until {
                    let body = json!({ "email": email, "password": PASSWORD });
                    let answer = client.post(&url).json(&body).send().await.expect("an answer");
                    assert_eq!(answer.status(), 200);
                    served += 1;
                }
                served
            })
        })
        .collect();
    let mut served = 0;
    for client in running {
        served += client.await.expect("no panic");
    }
    f64::from(served) / started.elapsed().as_secs_f64()
}

/// `GET /v1/me` beside two bare servers with the same query. One checks tokens as the program does,
/// which remembers a signature for seconds; the other checks every signature. In short turns,
/// because what else the machine does would otherwise be counted against one of them. Wanted: 0.8 of the
/// first, which is the quicker one.
async fn compare_me(process: &Process, bare: &str, token: &str) {
    const TURNS: usize = 12;
    let urls = [
        format!("{}/v1/me", process.base()),
        format!("{bare}{}", baseline::REMEMBERING),
        format!("{bare}{}", baseline::CHECKING),
    ];
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        for (rates, url) in rates.iter_mut().zip(&urls) {
            let (rate, _) = load(Duration::from_secs(1), |client| client.get(url).bearer_auth(token)).await;
            rates.push(rate);
        }
    }
    let [ours, remembering, checking] = rates;
    for (name, bare) in [("the same check", &remembering), ("every signature checked", &checking)] {
        let ratios = ours.iter().zip(bare).map(|(ours, bare)| ours / bare).collect();
        println!(
            "GET /v1/me: {:.0}/s; bare, {name}: {:.0}/s; ratio {:.2} (medians of {TURNS} turns)",
            median(ours.clone()),
            median(bare.clone()),
            median(ratios),
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    f64::midpoint(values[middle - 1], values[middle])
}

fn spread(name: &str, taken: &mut [Duration]) -> String {
    taken.sort();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    format!("{name}: p50 {:.1} ms, p99 {:.1} ms ({} requests)", at(0.5), at(0.99), taken.len())
}
