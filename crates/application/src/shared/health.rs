//! Whether a dependency is well enough to serve.

use async_trait::async_trait;

/// One line of `/health/ready`.
#[async_trait]
pub trait HealthCheck: Send + Sync + 'static {
    /// `database`, `redis`, …
    fn name(&self) -> &'static str;

    /// Whether a failure makes this process unready; otherwise it is only reported as degraded.
    fn critical(&self) -> bool {
        true
    }

    /// `Err` says what is wrong. The caller gives it one second.
    async fn check(&self) -> anyhow::Result<()>;
}
