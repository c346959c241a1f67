//! Budgets, in memory and in Redis.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use madang_application::shared::{HealthCheck, Quota, RateLimiter, Standing};
use madang_infrastructure::{
    memory::MemoryRateLimiter,
    redis::{Redis, RedisRateLimiter},
};
use madang_testkit::{TestClock, db::external};

use madang_testkit::{Cable, Proxy};

const HOURLY: Quota = Quota { name: "hourly", limit: 3, window: Duration::from_hours(1) };
const QUICK: Quota = Quota { name: "quick", limit: 4, window: Duration::from_secs(2) };

fn memory() -> (Arc<MemoryRateLimiter>, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    (Arc::new(MemoryRateLimiter::new(clock.clone())), clock)
}

/// A limiter in a namespace of this test.
async fn shared(url: &str, namespace: &str) -> RedisRateLimiter {
    let redis = Redis::connect(url, namespace).await.expect("a valid url");
    RedisRateLimiter::new(redis, memory().0)
}

fn fresh() -> String {
    format!("test-{}", uuid::Uuid::now_v7())
}

fn redis_url() -> Option<String> {
    external("TEST_REDIS_URL", "REQUIRE_REDIS")
}

async fn counts_each_key_of_each_quota(limiter: &dyn RateLimiter) {
    for remaining in [2, 1, 0] {
        let standing = limiter.take(&HOURLY, "a").await;
        assert!(standing.allowed && standing.remaining == remaining, "{standing:?}");
        let spent = HOURLY.window / 3 * (3 - remaining);
        assert!(standing.reset <= spent && standing.reset + Duration::from_secs(1) > spent, "{standing:?}");
    }
    for _ in 0..3 {
        let Standing { allowed, remaining, reset } = limiter.take(&HOURLY, "a").await;
        assert_eq!((allowed, remaining), (false, 0));
        let one = HOURLY.window / 3;
        assert!(reset <= one && reset + Duration::from_secs(1) > one, "{reset:?}");
    }
    assert!(limiter.take(&HOURLY, "b").await.allowed);
    assert!(limiter.take(&Quota { name: "other", ..HOURLY }, "a").await.allowed);
    let nothing = Quota { name: "nothing", limit: 0, ..HOURLY };
    assert!(!limiter.take(&nothing, "a").await.allowed);
}

async fn use_up(limiter: &dyn RateLimiter) -> Standing {
    loop {
        let standing = limiter.take(&QUICK, "a").await;
        if !standing.allowed {
            return standing;
        }
    }
}

#[tokio::test]
async fn memory_counts() {
    let (limiter, clock) = memory();
    counts_each_key_of_each_quota(&*limiter).await;
    let refused = use_up(&*limiter).await;
    assert_eq!(refused.reset, Duration::from_millis(500));
    clock.advance(refused.reset - Duration::from_micros(1));
    assert!(!limiter.take(&QUICK, "a").await.allowed);
    clock.advance(Duration::from_micros(1));
    assert!(limiter.take(&QUICK, "a").await.allowed);
    assert!(!limiter.take(&QUICK, "a").await.allowed);
    clock.advance(QUICK.window);
    let whole = limiter.take(&QUICK, "a").await;
    assert_eq!((whole.remaining, whole.reset), (3, Duration::from_millis(500)));
}

#[tokio::test]
async fn redis_counts() {
    let Some(url) = redis_url() else { return };
    let limiter = shared(&url, &fresh()).await;
    counts_each_key_of_each_quota(&limiter).await;
    let refused = use_up(&limiter).await;
    assert!(refused.reset <= Duration::from_millis(500));
    tokio::time::sleep(refused.reset + Duration::from_millis(5)).await;
    assert!(limiter.take(&QUICK, "a").await.allowed);
}

#[tokio::test]
async fn redis_shares_a_budget_among_all() {
    let Some(url) = redis_url() else { return };
    let namespace = fresh();
    let (here, there) = (Arc::new(shared(&url, &namespace).await), Arc::new(shared(&url, &namespace).await));
    let quota = Quota { name: "busy", limit: 10, window: Duration::from_hours(1) };
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let limiter = if n % 2 == 0 { here.clone() } else { there.clone() };
        tasks.spawn(async move { limiter.take(&quota, "a").await.allowed });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|allowed| *allowed).count(), 10);
    assert!(shared(&url, &fresh()).await.take(&quota, "a").await.allowed, "another installation");
}

#[tokio::test]
async fn without_redis_each_process_counts_for_itself() {
    let Some(url) = redis_url() else { return };
    let (proxy, namespace) = (Proxy::to(&url).await, fresh());
    let redis = Redis::connect(&proxy.url, &namespace).await.expect("a valid url");
    let cut = RedisRateLimiter::new(redis.clone(), memory().0);
    let direct = shared(&url, &namespace).await;
    assert_eq!(cut.take(&HOURLY, "a").await.remaining, 2);
    assert_eq!(direct.take(&HOURLY, "a").await.remaining, 1);
    redis.check().await.expect("healthy");

    proxy.plug(false).await;
    let started = Instant::now();
    for remaining in [2, 1, 0] {
        let standing = cut.take(&HOURLY, "a").await;
        assert_eq!((standing.allowed, standing.remaining), (true, remaining));
    }
    assert!(!cut.take(&HOURLY, "a").await.allowed);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    redis.check().await.expect_err("away");
    assert!(!redis.critical());

    proxy.plug(true).await;
    while redis.check().await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(30), "it does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(cut.take(&HOURLY, "a").await.remaining, 0);
    assert!(!direct.take(&HOURLY, "a").await.allowed, "shared again");
}

/// A server that takes connections and says nothing is worse than none.
#[tokio::test]
async fn a_silent_redis_stops_nobody() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}/", listener.local_addr().expect("an address"));
    let limiter = shared(&url, "test").await;
    let started = Instant::now();
    assert!(limiter.take(&HOURLY, "a").await.allowed);
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(Redis::connect("nonsense", "test").await.is_err());
}

/// Only those wait who ask before it is noticed, and nobody goes back to one that is still too slow.
#[tokio::test]
async fn a_redis_that_hangs_or_is_slow_costs_one_wait() {
    let Some(url) = redis_url() else { return };
    for cable in
        [Cable::Hanging, Cable::Slow(Duration::from_secs(5)), Cable::Slow(Duration::from_millis(300))]
    {
        let proxy = Proxy::to(&url).await;
        let redis = Redis::connect(&proxy.url, &fresh()).await.expect("a valid url");
        let limiter = RedisRateLimiter::new(redis.clone(), memory().0);
        assert_eq!(limiter.take(&HOURLY, "a").await.remaining, 2);

        proxy.turn(cable).await;
        let begun = Instant::now();
        for remaining in [2, 1, 0] {
            assert_eq!(limiter.take(&HOURLY, "a").await.remaining, remaining, "{cable:?}");
        }
        for _ in 0..100 {
            limiter.take(&HOURLY, "b").await;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{cable:?}: a hundred waits take ten seconds");
        while begun.elapsed() < Duration::from_secs(1) {
            redis.check().await.expect_err("still too slow");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        proxy.turn(Cable::Plugged).await;
        while redis.check().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not come back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Shared again; the question without an answer may have been heard.
        assert!(limiter.take(&HOURLY, "a").await.remaining < 2, "{cable:?}");
    }
}
