//! N14: many tabs of one person refresh at the same moment, at two processes of the compiled program.
//!
//! `ROUNDS=10000` makes it the long test (`make test-long`), which prints what it saw.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use madang_domain::identity::session::REPEAT_WINDOW;
use madang_testkit::{Person, Process, Reply, TestServices, text};
use reqwest::Method;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_madang");

/// After so many rounds a thief comes with a token that is used up.
const THEFT: usize = 20;

/// Sends it again where a busy machine says so (503 with `Retry-After`), as clients do.
async fn refresh(process: &Process, token: &str) -> Reply {
    loop {
        let call = process.call(Method::POST, "/v1/auth/refresh");
        let reply = call.json(json!({ "refreshToken": token })).send().await;
        if reply.status != 503 {
            return reply;
        }
        assert!(reply.header("retry-after").is_some(), "{}", reply.text());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Each round, 2 to 50 racers present the same token; each must get the same successor.
async fn race(processes: [&Process; 2], person: &Person, rounds: usize) {
    let (begun, mut refreshes, mut thefts, mut slow) = (Instant::now(), 0, 0, 0);
    let mut token = person.refresh.clone();
    for round in 0..rounds {
        let (racers, started) = (2 + (round * 7) % 49, Instant::now());
        let replies = join_all((0..racers).map(|n| refresh(processes[n % 2], &token))).await;
        let mut successors: Vec<String> =
            replies.iter().map(|reply| text(&reply.expect(200)["refreshToken"])).collect();
        refreshes += successors.len();
        successors.sort_unstable();
        successors.dedup();
        let parent = token;
        token = successors.remove(0);
        if !successors.is_empty() {
            // On a machine that stands still, some come when the same answer is not given any more;
            // the last of them has the live token, which whoever comes now gets as well.
            let took = started.elapsed();
            assert!(took > REPEAT_WINDOW, "round {round}: {racers} racers got several in {took:?}");
            token = text(&refresh(processes[0], &parent).await.expect(200)["refreshToken"]);
            slow += 1;
        }
        if (round + 1) % THEFT == 0 {
            // Once the successor was used, its parent is a stolen one: the whole family dies, everywhere.
            let last = text(&refresh(processes[0], &token).await.expect(200)["refreshToken"]);
            let reused = refresh(processes[round / THEFT % 2], &parent).await;
            assert_eq!(
                (reused.status.as_u16(), &reused.json()["code"]),
                (401, &json!("identity.refresh_token_reused"))
            );
            for process in processes {
                let dead = refresh(process, &last).await;
                assert_eq!(dead.status, 401, "round {round}: {}", dead.text());
            }
            thefts += 1;
            token = text(&processes[1].login(&person.email).await["refreshToken"]);
        }
    }
    refresh(processes[0], &token).await.expect(200);
    eprintln!(
        "{rounds} rounds ({slow} too slow to tell), {refreshes} refreshes: one successor each, 0 false \
         logouts; {thefts} thefts, {thefts} families ended; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
}

#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(THEFT)
}

async fn race_at_two_processes(variables: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let variables = [&[("MADANG__RATE_LIMITS__ENABLED", "false")], variables].concat();
    let first = Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let second = Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let person = first.person("sky").await;
    race([&first, &second], &person, rounds()).await;
}

#[tokio::test]
async fn n14_racers_at_two_processes_mint_once_on_sqlite() {
    race_at_two_processes(&[]).await;
}

#[tokio::test]
async fn n14_racers_at_two_processes_mint_once_on_postgres() {
    let Some(services) = TestServices::fresh().await else { return };
    race_at_two_processes(&[("DATABASE_URL", services.database_url()), ("REDIS_URL", services.redis_url())])
        .await;
}
