//! What has to be measured on a quiet machine: whether time tells who has an account, and whether
//! hashing leaves the rest alone. Takes minutes: `make test-long`.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use madang_infrastructure::sql::SqlStore;
use madang_testkit::{PASSWORD, Process, TestApp, db::on_sqlite, text};
use reqwest::Method;
use serde_json::{Value, json};

/// Samples of each kind.
const SAMPLES: usize = 1_000;

/// Mann and Whitney's test: how likely two samples differ this much if they are of one kind, by
/// the normal approximation (two-sided).
fn p_value(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|value| (*value, true)).chain(other.iter().map(|value| (*value, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: f64 =
        all.iter().enumerate().filter(|(_, (_, is_one))| *is_one).map(|(at, _)| at as f64 + 1.0).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0).abs() / (n * m * (n + m + 1.0) / 12.0).sqrt();
    // Abramowitz and Stegun 7.1.26, good to seven digits.
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    sum * (-x * x).exp()
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Asks for both in turns, each as often after the other as after itself, so that what the machine does
/// otherwise hits both kinds alike; and each time as if it were the first time.
///
/// Answers what is wrong with the result.
async fn compare(
    app: &TestApp,
    path: &str,
    body: impl Fn(&str) -> Value,
    emails: [String; 2],
) -> Option<String> {
    let store = app.running().container().get::<SqlStore>().unwrap();
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..2 * SAMPLES {
        let kind = [0, 1, 1, 0][round % 4];
        app.settle().await;
        store.execute("DELETE FROM challenge_budgets", []).await.unwrap();
        let begun = Instant::now();
        app.post(path).json(body(&emails[kind])).send().await;
        taken[kind].push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let (apart, p) = ((median(&taken[0]) - median(&taken[1])).abs(), p_value(&taken[0], &taken[1]));
    eprintln!("{path}: medians {:.3} and {:.3} ms, p {p:.3}", median(&taken[0]), median(&taken[1]));
    let told = apart >= 2.0 || p <= 0.01;
    told.then(|| format!("{path}: medians are {apart:.3} ms apart, p is {p:.4}"))
}

#[test]
#[ignore = "takes minutes and a quiet machine"]
fn a12_time_does_not_tell_who_has_an_account() {
    on_sqlite(async |db| {
        let hidden = |config: &mut madang_server::config::Config| config.identity.hide_accounts = true;
        let app = TestApp::start_with(db, hidden, |_| {}).await;
        let email = "sky@example.com".to_owned();
        let ask = json!({ "email": email });
        app.post("/v1/auth/email-verifications").json(ask.clone()).expect(202).await;
        let code = app.mailed_code(&email).await;
        let proof =
            app.post("/v1/auth/email-verifications/confirm").json(json!({ "email": email, "code": code }));
        let proof = text(&proof.expect(200).await["emailVerificationToken"]);
        super::sign_up(&app, json!({ "email": email, "emailVerificationToken": proof })).expect(201).await;
        let emails = || [email.clone(), "nobody@example.com".to_owned()];
        let wrong = |email: &str| json!({ "email": email, "password": format!("{PASSWORD}x") });
        let mut told = vec![compare(&app, "/v1/auth/login", wrong, emails()).await];
        let asks = |email: &str| json!({ "email": email });
        told.push(compare(&app, "/v1/auth/password-resets", asks, emails()).await);
        told.push(compare(&app, "/v1/auth/email-verifications", asks, emails()).await);
        // All of them are measured before any is judged.
        assert!(told.iter().all(Option::is_none), "{told:?}");
        app.stop().await;
    });
}

/// 200 logins at once: whoever asks for something else waits for none of them, and no more hashes are
/// in memory than there are cores.
#[tokio::test]
#[ignore = "takes a quiet machine"]
async fn a12_hashing_leaves_other_requests_and_memory_alone() {
    const AT_ONCE: usize = 200;
    const HASH_KIB: u64 = 19_456;
    let folder = tempfile::tempdir().unwrap();
    let unlimited = [("MADANG__RATE_LIMITS__ENABLED", "false")];
    let process = Process::start(env!("CARGO_BIN_EXE_madang"), folder.path(), &unlimited).await.unwrap();
    let person = process.person("sky").await;
    let login = || {
        let body = json!({ "email": person.email, "password": PASSWORD });
        process.call(Method::POST, "/v1/auth/login").json(body)
    };
    // The same without a hash, since somebody is logged in already: so many connections and requests
    // need memory of their own, which does not count.
    let refused = join_all((0..AT_ONCE).map(|_| login().header("x-refresh-token", &person.refresh).send()));
    assert!(refused.await.iter().all(|reply| reply.status == 403));
    let before = process.memory_kib();
    let logins = join_all((0..AT_ONCE).map(|_| login().send()));
    let health = async {
        let mut waits = Vec::new();
        for _ in 0..200 {
            let begun = Instant::now();
            process.call(Method::GET, "/health/live").expect(200).await;
            waits.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        waits.sort_unstable();
        waits[197]
    };
    let (replies, p99) = tokio::join!(logins, health);
    let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    let (served, busy) = (count(200), count(503));
    let cores = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    let (grown, allowed) = (process.peak_memory_kib() - before, cores * HASH_KIB * 12 / 10);
    eprintln!("{served} logins, {busy} told to come back; health p99 {p99:?}; {grown} KiB of {allowed} more");
    assert_eq!(served + busy, AT_ONCE);
    assert!(replies.iter().all(|reply| reply.status == 200 || reply.header("retry-after").is_some()));
    assert!(p99 < Duration::from_millis(50), "{p99:?}");
    assert!(grown <= allowed, "{grown} KiB, where {allowed} are allowed");
}

#[test]
fn the_statistics_tell_samples_apart() {
    let even: Vec<f64> = (0..200).map(|n| f64::from(n) * 2.0).collect();
    let odd: Vec<f64> = (0..200).map(|n| f64::from(n) * 2.0 + 1.0).collect();
    let later: Vec<f64> = even.iter().map(|value| value + 40.0).collect();
    assert!(p_value(&even, &odd) > 0.8);
    assert!(p_value(&even, &later) < 0.01);
}
