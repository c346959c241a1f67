//! The connection, and what happens while there is none.

use std::{
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use madang_application::shared::HealthCheck;
use redis::{AsyncConnectionConfig, Client, RedisResult, aio::MultiplexedConnection};
use tokio::time::{Instant, sleep, timeout};

/// The longest a request waits for Redis before it goes on without, and with it all that follow.
const PATIENCE: Duration = Duration::from_millis(100);
/// The longest an attempt to connect takes.
const CONNECT: Duration = Duration::from_secs(2);
/// The pauses between attempts grow from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A connection that lasted so long was a good one: after it the pauses begin anew.
const PROVEN: Duration = Duration::from_secs(10);

/// A Redis server. When a question fails, the connection is dropped and made anew in the
/// background; until then every question is answered "nothing" at once. So a server that hangs, or
/// is slow, costs those one wait who asked before it was noticed.
pub struct Redis {
    client: Client,
    namespace: String,
    link: RwLock<Link>,
}

/// The connection, if there is one.
struct Link {
    connection: Option<MultiplexedConnection>,
    /// How many there were before, so that a late failure of one of them says nothing of this one.
    number: u64,
    made: Instant,
    /// The pause before it is made anew, should it break now.
    pause: Duration,
}

impl Redis {
    /// `redis://` or `rediss://`; all names begin with `namespace`, so that installations can share
    /// a server. A server that is away is no error.
    ///
    /// # Errors
    /// If the url makes no sense.
    pub async fn connect(url: &str, namespace: &str) -> anyhow::Result<Arc<Self>> {
        let client = Client::open(url).context("the url of Redis")?;
        let link = Link { connection: None, number: 0, made: Instant::now(), pause: PAUSES.0 };
        let redis = Arc::new(Self { client, namespace: namespace.to_owned(), link: RwLock::new(link) });
        match redis.reach(CONNECT).await {
            Ok(connection) => redis.welcome(connection),
            Err(error) => redis.leave(&error, PAUSES.0),
        }
        Ok(redis)
    }

    /// A name of this installation.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}:{name}", self.namespace)
    }

    /// For a connection of one's own.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether questions have a chance.
    pub(super) fn is_connected(&self) -> bool {
        self.connection().is_some()
    }

    /// The connection and its number.
    fn connection(&self) -> Option<(MultiplexedConnection, u64)> {
        let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
        link.connection.clone().map(|connection| (connection, link.number))
    }

    /// Asks, but not for long; `None` if Redis is away, too slow, or refuses.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        let (connection, number) = self.connection()?;
        match timeout(PATIENCE, question(connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => self.give_up(number, &error.into()),
            Err(_) => self.give_up(number, &no_answer()),
        }
        None
    }

    fn welcome(&self, connection: MultiplexedConnection) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        (link.connection, link.number, link.made) = (Some(connection), link.number + 1, Instant::now());
        metrics::gauge!("redis_connected").set(1.0);
    }

    /// Drops the connection of this number, unless that has been done.
    fn give_up(self: &Arc<Self>, number: u64, error: &anyhow::Error) {
        let pause = {
            let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
            if link.number != number || link.connection.take().is_none() {
                return;
            }
            // One that breaks again and again is not worth the waits it costs.
            link.pause = if link.made.elapsed() < PROVEN { longer(link.pause) } else { PAUSES.0 };
            link.pause
        };
        self.leave(error, pause);
    }

    fn leave(self: &Arc<Self>, error: &anyhow::Error, pause: Duration) {
        tracing::warn!(error = format!("{error:#}"), "Redis is away; this process goes on alone");
        metrics::gauge!("redis_connected").set(0.0);
        tokio::spawn(Self::recover(Arc::downgrade(self), pause));
    }

    /// Ends when Redis answers again, or nobody needs it any more.
    async fn recover(redis: Weak<Self>, mut pause: Duration) {
        loop {
            sleep(pause).await;
            let Some(redis) = redis.upgrade() else { return };
            if let Ok(connection) = redis.reach(PATIENCE).await {
                redis.welcome(connection);
                tracing::info!("Redis is back");
                return;
            }
            pause = longer(pause);
        }
    }

    /// A connection on which a question is answered within `patience`.
    async fn reach(&self, patience: Duration) -> anyhow::Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT));
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = timeout(CONNECT, connecting).await.context("no connection in time")??;
        timeout(patience, redis::cmd("PING").exec_async(&mut connection))
            .await
            .map_err(|_| no_answer())??;
        Ok(connection)
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(PAUSES.1)
}

fn no_answer() -> anyhow::Error {
    anyhow::anyhow!("no answer in time")
}

#[async_trait]
impl HealthCheck for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    /// Everything works without it, only for each process alone.
    fn critical(&self) -> bool {
        false
    }

    async fn check(&self) -> anyhow::Result<()> {
        let Some((mut connection, _)) = self.connection() else { bail!("not connected") };
        Ok(timeout(CONNECT / 4, redis::cmd("PING").exec_async(&mut connection))
            .await
            .context("no answer")??)
    }
}
