//! The connection, and what happens while there is none.

use std::{
    sync::{
        Arc, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use madang_application::shared::HealthCheck;
use redis::{AsyncConnectionConfig, Client, RedisResult, aio::MultiplexedConnection};
use tokio::time::{sleep, timeout};

/// The longest a request waits for Redis before it goes on without.
const PATIENCE: Duration = Duration::from_millis(100);
/// The longest an attempt to connect takes.
const CONNECT: Duration = Duration::from_secs(2);
/// The pauses between attempts grow from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A Redis server. When a question fails, the connection is dropped and made anew in the
/// background; until then every question is answered "nothing" at once.
pub struct Redis {
    client: Client,
    namespace: String,
    connection: RwLock<Option<MultiplexedConnection>>,
    recovering: AtomicBool,
}

impl Redis {
    /// `redis://` or `rediss://`; all names begin with `namespace`, so that installations can share
    /// a server. A server that is away is no error.
    ///
    /// # Errors
    /// If the url makes no sense.
    pub async fn connect(url: &str, namespace: &str) -> anyhow::Result<Arc<Self>> {
        let client = Client::open(url).context("the url of Redis")?;
        let redis = Arc::new(Self {
            client,
            namespace: namespace.to_owned(),
            connection: RwLock::new(None),
            recovering: AtomicBool::new(false),
        });
        match redis.reach().await {
            Ok(connection) => redis.welcome(connection),
            Err(error) => redis.give_up(&error),
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
        self.connection.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Asks, but not for long; `None` if Redis is away, too slow, or refuses.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        match timeout(PATIENCE, question(connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => self.give_up(&error.into()),
            Err(_) => self.give_up(&anyhow::anyhow!("no answer within {} ms", PATIENCE.as_millis())),
        }
        None
    }

    fn welcome(&self, connection: MultiplexedConnection) {
        self.set(Some(connection));
        metrics::gauge!("redis_connected").set(1.0);
    }

    fn set(&self, connection: Option<MultiplexedConnection>) {
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    fn give_up(self: &Arc<Self>, error: &anyhow::Error) {
        self.set(None);
        if !self.recovering.swap(true, Ordering::SeqCst) {
            tracing::warn!(error = format!("{error:#}"), "Redis is away; this process goes on alone");
            metrics::gauge!("redis_connected").set(0.0);
            tokio::spawn(Self::recover(Arc::downgrade(self)));
        }
    }

    /// Ends when Redis answers again, or nobody needs it any more.
    async fn recover(redis: Weak<Self>) {
        let (mut pause, longest) = PAUSES;
        loop {
            sleep(pause).await;
            let Some(redis) = redis.upgrade() else { return };
            if let Ok(connection) = redis.reach().await {
                // In this order: whoever fails from now on must be able to start a new recovery.
                redis.recovering.store(false, Ordering::SeqCst);
                redis.welcome(connection);
                tracing::info!("Redis is back");
                return;
            }
            pause = (pause * 2).min(longest);
        }
    }

    async fn reach(&self) -> anyhow::Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT));
        let connecting = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            redis::cmd("PING").exec_async(&mut connection).await?;
            RedisResult::Ok(connection)
        };
        Ok(timeout(CONNECT, connecting).await.context("no connection in time")??)
    }
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
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(mut connection) = connection else { bail!("not connected") };
        Ok(timeout(CONNECT / 4, redis::cmd("PING").exec_async(&mut connection))
            .await
            .context("no answer")??)
    }
}
