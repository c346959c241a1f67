//! Whether time tells who has an account. Takes minutes: `make test-long`.

use std::time::Instant;

use madang_testkit::{PASSWORD, TestApp, db::on_sqlite};
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

/// Asks in turns, so that what the machine does otherwise hits both kinds alike.
async fn compare(app: &TestApp, path: &str, body: impl Fn(&str) -> Value, emails: [String; 2]) {
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..2 * SAMPLES {
        let kind = round % 2;
        let begun = Instant::now();
        app.post(path).json(body(&emails[kind])).send().await;
        taken[kind].push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let (apart, p) = ((median(&taken[0]) - median(&taken[1])).abs(), p_value(&taken[0], &taken[1]));
    eprintln!("{path}: medians {:.3} and {:.3} ms, p {p:.3}", median(&taken[0]), median(&taken[1]));
    assert!(apart < 2.0, "{path}: medians are {apart:.3} ms apart");
    assert!(p > 0.01, "{path}: p is {p:.4}");
}

#[test]
#[ignore = "takes minutes and a quiet machine"]
fn a12_time_does_not_tell_who_has_an_account() {
    on_sqlite(async |db| {
        let app = TestApp::start(db).await;
        let person = app.person("하늘").await;
        let emails = || [person.email.clone(), "nobody@example.com".to_owned()];
        let wrong = |email: &str| json!({ "email": email, "password": format!("{PASSWORD}x") });
        compare(&app, "/v1/auth/login", wrong, emails()).await;
        let reset = |email: &str| json!({ "email": email });
        compare(&app, "/v1/auth/password-resets", reset, emails()).await;
        app.stop().await;
    });
}

#[test]
fn the_statistics_tell_samples_apart() {
    let even: Vec<f64> = (0..200).map(|n| f64::from(n) * 2.0).collect();
    let odd: Vec<f64> = (0..200).map(|n| f64::from(n) * 2.0 + 1.0).collect();
    let later: Vec<f64> = even.iter().map(|value| value + 40.0).collect();
    assert!(p_value(&even, &odd) > 0.8);
    assert!(p_value(&even, &later) < 0.01);
}
