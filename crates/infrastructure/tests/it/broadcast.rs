//! Broadcasting, in memory and through Redis.

use std::time::Duration;

use madang_application::shared::{Broadcast, Heard, Listener};
use madang_infrastructure::{
    memory::MemoryBroadcast,
    redis::{Redis, RedisBroadcast},
};
use madang_testkit::db::external;
use tokio::time::timeout;

use madang_testkit::Proxy;

fn message(topic: &str, payload: &[u8]) -> Heard {
    Heard::Message { topic: topic.into(), payload: payload.into() }
}

async fn hear(listener: &mut Box<dyn Listener>) -> Heard {
    let heard = timeout(Duration::from_secs(30), listener.next()).await;
    heard.expect("something in time").expect("the service goes on")
}

#[tokio::test]
async fn memory_tells_everybody_and_admits_gaps() {
    let broadcast = MemoryBroadcast::new();
    broadcast.publish("early", b"").await;
    let mut listeners = [broadcast.listen(), broadcast.listen()];
    broadcast.publish("a", b"1").await;
    broadcast.publish("b", b"2").await;
    for listener in &mut listeners {
        assert_eq!(hear(listener).await, message("a", b"1"));
        assert_eq!(hear(listener).await, message("b", b"2"));
    }
    for _ in 0..5_000 {
        broadcast.publish("flood", b"").await;
    }
    assert_eq!(hear(&mut listeners[0]).await, Heard::Gap);
    assert_eq!(hear(&mut listeners[0]).await, message("flood", b""));
    drop(broadcast);
    while listeners[1].next().await.is_some() {}
}

/// A process that has told its listeners that it begins.
async fn process(url: &str, namespace: &str) -> (RedisBroadcast, Box<dyn Listener>) {
    let redis = Redis::connect(url, namespace).await.expect("a valid url");
    let broadcast = RedisBroadcast::new(redis);
    let mut listener = broadcast.listen();
    assert_eq!(hear(&mut listener).await, Heard::Gap);
    (broadcast, listener)
}

#[tokio::test]
async fn redis_tells_every_process_and_admits_gaps() {
    let Some(url) = external("TEST_REDIS_URL", "REQUIRE_REDIS") else { return };
    let proxy = Proxy::to(&url).await;
    let namespace = format!("test-{}", uuid::Uuid::now_v7());
    let (here, mut hears_here) = process(&url, &namespace).await;
    let (there, mut hears_there) = process(&proxy.url, &namespace).await;

    here.publish("a", b"from here").await;
    there.publish("b", b"from there").await;
    for listener in [&mut hears_here, &mut hears_there] {
        assert_eq!(hear(listener).await, message("a", b"from here"));
        assert_eq!(hear(listener).await, message("b", b"from there"));
    }

    proxy.plug(false).await;
    // The first attempt may have reached Redis, so it is a gap; then this process knows.
    there.publish("c", b"lost").await;
    assert_eq!(hear(&mut hears_there).await, Heard::Gap);
    there.publish("d", b"among ourselves").await;
    assert_eq!(hear(&mut hears_there).await, message("d", b"among ourselves"));
    here.publish("e", b"unheard there").await;
    assert_eq!(hear(&mut hears_here).await, message("e", b"unheard there"));

    proxy.plug(true).await;
    assert_eq!(hear(&mut hears_there).await, Heard::Gap, "something was missed");
    here.publish("f", b"heard again").await;
    assert_eq!(hear(&mut hears_there).await, message("f", b"heard again"));

    drop(here);
    while timeout(Duration::from_secs(30), hears_here.next())
        .await
        .expect("it ends with the process")
        .is_some()
    {}
}
