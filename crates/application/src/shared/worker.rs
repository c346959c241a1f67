//! Work beside requests.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

/// A loop that runs from start to shutdown.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// Names it in logs and metrics.
    fn name(&self) -> &'static str;

    /// Returns soon after `stop` is cancelled, with whatever it was doing finished or undone.
    async fn run(&self, stop: CancellationToken);
}

/// Something that must have happened before the first request is served.
#[async_trait]
pub trait StartupTask: Send + Sync + 'static {
    /// Runs once; an error stops the start.
    async fn run(&self) -> anyhow::Result<()>;
}

/// Something that keeps connections of its own open after their request was answered.
#[async_trait]
pub trait Drain: Send + Sync + 'static {
    /// Takes no new ones and says goodbye to those there are; returns when they are gone.
    async fn drain(&self);
}
