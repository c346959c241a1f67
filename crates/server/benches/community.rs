//! `cargo bench --bench community -- [posts] [posts after growth] [sqlite|postgres]`: what feeds and
//! search cost in a small community and in one that has grown, over loopback, on both databases
//! unless one is named.
//!
//! Ten thousand and a hundred thousand posts unless said otherwise; the figures of the
//! documentation are for 200000 and 4000000. Compare runs, not numbers: the client shares the cores
//! with the server.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when something fails"
)]

mod feed;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use feed::{bare, town::Town};
use madang_testkit::{Person, Process, TestDb};
use reqwest::{Client, Method};

const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");
const SIZES: [usize; 2] = [10_000, 100_000];
/// How often a page is asked for by one client.
const TIMES: usize = 300;
/// How deep the feed is read.
const DEEP: usize = 1000;

fn main() -> ExitCode {
    // Cargo adds an argument of its own.
    let mut sizes: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if sizes.len() != 2 {
        sizes = SIZES.to_vec();
    }
    let named = |name: &str| std::env::args().any(|argument| argument == name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        if !named("postgres") {
            measure("SQLite", &[UNLIMITED], None, &sizes).await;
        }
        if named("sqlite") {
            return;
        }
        match TestDb::postgres().await {
            Some(db) => {
                let variables = [UNLIMITED, ("DATABASE_URL", db.url())];
                measure("Postgres", &variables, Some(db.url()), &sizes).await;
            }
            None => println!("Postgres: skipped"),
        }
    });
    ExitCode::SUCCESS
}

async fn measure(name: &str, variables: &[(&str, &str)], database: Option<&str>, sizes: &[usize]) {
    let data = tempfile::tempdir().expect("a directory");
    let process = Process::start(env!("CARGO_BIN_EXE_madang"), data.path(), variables)
        .await
        .expect("the program starts");
    println!("== {name}");
    let mut viewers =
        [("follows 300", person(&process).await), ("follows 5 quiet ones", person(&process).await)];
    let mut town = Town::found(data.path(), database, [&viewers[0].1.id, &viewers[1].1.id]).await;
    let mut before: Vec<Duration> = Vec::new();
    for size in sizes {
        let started = Instant::now();
        town.grow(*size).await;
        println!("-- {size} posts (laid in {:.0} s)", started.elapsed().as_secs_f64());
        // Laying millions takes longer than an access token lives.
        for (_, viewer) in &mut viewers {
            let pair = process.login(&viewer.email).await;
            viewer.token = pair["accessToken"].as_str().expect("a token").to_owned();
        }
        let mut after = Vec::new();
        for (who, viewer) in &viewers {
            after.push(alone(&process, viewer, "/v1/feed", &format!("feed, {who}")).await);
            if let Some(pages) = town
                .pages_per(async || {
                    alone(&process, viewer, "/v1/feed", "").await;
                    TIMES
                })
                .await
            {
                println!("   database pages for one page of it: {pages:.1}");
            }
        }
        for (what, text) in [("what many say", "축제"), ("what few say", "드문말")] {
            let path = format!("/v1/search?type=posts&q={text}");
            after.push(alone(&process, &viewers[0].1, &path, &format!("search, {what}")).await);
        }
        deep(&process, &viewers[0].1).await;
        for (before, after) in before.iter().zip(&after) {
            println!("   growth of the median: {:.2}", after.as_secs_f64() / before.as_secs_f64());
        }
        before = after;
    }
    compare(&process, &bare::serve(data.path(), database).await, &viewers[0].1.token).await;
    process.signal("TERM").await;
    process.ended().await;
}

async fn person(process: &Process) -> Person {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    process.person(&format!("v{:07x}{number}", std::process::id())).await
}

/// One client, one request after the other; answers the median.
async fn alone(process: &Process, viewer: &Person, path: &str, what: &str) -> Duration {
    let client = Client::new();
    let mut taken = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let asked = Instant::now();
        let answer = client.get(format!("{}{path}", process.base())).bearer_auth(&viewer.token);
        let answer = answer.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.expect("a body");
        taken.push(asked.elapsed());
    }
    taken.sort();
    let at = |share: usize| taken[(TIMES - 1) * share / 100];
    let ms = |share| at(share).as_secs_f64() * 1000.0;
    if !what.is_empty() {
        println!("{what}: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms", ms(50), ms(95), ms(99));
    }
    at(50)
}

/// Reads the feed page by page; the last ones must cost what the first ones do.
async fn deep(process: &Process, viewer: &Person) {
    let (mut path, mut taken) = ("/v1/feed".to_owned(), Vec::new());
    while taken.len() < DEEP {
        let asked = Instant::now();
        let page = process.call(Method::GET, &path).bearer(&viewer.token).expect(200).await;
        taken.push(asked.elapsed());
        let Some(next) = page["nextCursor"].as_str() else { break };
        path = format!("/v1/feed?cursor={next}");
    }
    let mean =
        |pages: &[Duration]| pages.iter().sum::<Duration>().as_secs_f64() * 1000.0 / pages.len() as f64;
    let some = taken.len().div_ceil(2).min(20);
    let (first, last) = (mean(&taken[..some]), mean(&taken[taken.len() - some..]));
    println!(
        "feed, page by page: the first {first:.2} ms each, around page {} {last:.2} ms each",
        taken.len()
    );
}

/// The feed beside a bare server with the same check and the same queries, in turns. Wanted: 0.7.
async fn compare(process: &Process, bare: &str, token: &str) {
    let mut rates = [0.0, 0.0];
    for _ in 0..2 {
        for (rate, base) in rates.iter_mut().zip([process.base(), bare]) {
            *rate += throughput(&format!("{base}/v1/feed"), token).await / 2.0;
        }
    }
    println!("GET /v1/feed: {:.0}/s; bare: {:.0}/s; ratio {:.2}", rates[0], rates[1], rates[0] / rates[1]);
}

/// 32 clients for three seconds.
async fn throughput(url: &str, token: &str) -> f64 {
    const CLIENTS: usize = 32;
    let (client, started) = (Client::new(), Instant::now());
    let until = started + Duration::from_secs(3);
    let running: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let request = client.get(url).bearer_auth(token);
            tokio::spawn(async move {
                let mut served = 0_u32;
                while Instant::now() < until {
                    let answer = request.try_clone().expect("repeatable").send().await.expect("an answer");
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.bytes().await.expect("a body");
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
