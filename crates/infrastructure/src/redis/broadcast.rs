//! Broadcasting to all processes.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use async_trait::async_trait;
use futures_util::StreamExt;
use madang_application::shared::{Broadcast, Heard, Listener};
use redis::AsyncCommands;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Redis;
use crate::memory::MemoryBroadcast;

/// A silent connection is asked this often whether it still lives.
const PING: Duration = Duration::from_secs(10);
/// The longest an answer on that connection takes.
const ANSWER: Duration = Duration::from_secs(2);
/// The pause before a lost connection is made anew.
const PAUSE: Duration = Duration::from_millis(500);

/// Publishes through Redis; what arrives from there is told to this process' listeners. The
/// second half is a task of its own, on a connection of its own, that ends with this.
pub struct RedisBroadcast {
    redis: Arc<Redis>,
    local: Arc<MemoryBroadcast>,
    _hearing: DropGuard,
}

impl RedisBroadcast {
    /// Shared through `redis`.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn new(redis: Arc<Redis>) -> Self {
        let (local, stop) = (Arc::new(MemoryBroadcast::new()), CancellationToken::new());
        tokio::spawn(stop.clone().run_until_cancelled_owned(keep_hearing(redis.clone(), local.clone())));
        Self { redis, local, _hearing: stop.drop_guard() }
    }
}

fn channel(redis: &Redis) -> String {
    redis.name("broadcast")
}

async fn keep_hearing(redis: Arc<Redis>, local: Arc<MemoryBroadcast>) {
    loop {
        if let Err(error) = hear(&redis, &local).await {
            tracing::warn!(error = format!("{error:#}"), "broadcasts of other processes go unheard");
        }
        sleep(PAUSE).await;
    }
}

/// Hears messages until the connection breaks.
async fn hear(redis: &Redis, local: &MemoryBroadcast) -> anyhow::Result<()> {
    let connecting = async {
        let mut connection = redis.client().get_async_pubsub().await?;
        connection.subscribe(channel(redis)).await?;
        anyhow::Ok(connection)
    };
    let (mut sink, mut stream) = timeout(ANSWER, connecting).await.context("no connection in time")??.split();
    // Whatever was published since the last connection went unheard.
    local.tell(Heard::Gap);
    let mut ping = interval(PING);
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(message) => local.tell(unpack(message.get_payload_bytes())),
                None => bail!("the connection ended"),
            },
            _ = ping.tick() => timeout(ANSWER, sink.ping::<()>()).await.context("no answer")??,
        }
    }
}

#[async_trait]
impl Broadcast for RedisBroadcast {
    async fn publish(&self, topic: &str, payload: &[u8]) {
        if !self.redis.is_connected() {
            return self.local.publish(topic, payload).await;
        }
        let (channel, message) = (channel(&self.redis), pack(topic, payload));
        let sent = self
            .redis
            .ask(async |mut connection| connection.publish::<_, _, ()>(channel, message).await)
            .await;
        if sent.is_none() {
            // It may have been sent, so saying it again might say it twice.
            self.local.tell(Heard::Gap);
        }
    }

    fn listen(&self) -> Box<dyn Listener> {
        self.local.listen()
    }
}

/// The length of the topic in four bytes, the topic, the payload.
fn pack(topic: &str, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(topic.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), topic.as_bytes(), payload].concat()
}

/// What cannot be read was written by somebody else, perhaps a newer version of us.
fn unpack(message: &[u8]) -> Heard {
    let parts = message.split_first_chunk::<4>().and_then(|(length, rest)| {
        let (topic, payload) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        Some((std::str::from_utf8(topic).ok()?, payload))
    });
    match parts {
        Some((topic, payload)) => Heard::Message { topic: topic.into(), payload: payload.into() },
        None => Heard::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_the_rest_is_a_gap() {
        let message = Heard::Message { topic: "마당".into(), payload: b"\0x"[..].into() };
        assert_eq!(unpack(&pack("마당", b"\0x")), message);
        for damaged in [&b""[..], b"\0\0\0", b"\0\0\0\x05ab", b"\0\0\0\x01\xffx", b"\xff\xff\xff\xff"] {
            assert_eq!(unpack(damaged), Heard::Gap, "{damaged:?}");
        }
    }
}
