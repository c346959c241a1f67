//! The worker that pushes what is due.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{notifications::PushService, shared::Worker};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The pause after everything was pushed.
const PAUSE: Duration = Duration::from_secs(1);

/// Pushes.
pub struct PushWatch {
    service: Arc<PushService>,
}

impl PushWatch {
    /// Through the service.
    pub fn new(service: Arc<PushService>) -> Self {
        Self { service }
    }
}

#[async_trait]
impl Worker for PushWatch {
    fn name(&self) -> &'static str {
        "push-watch"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            // What is cut off in the middle was leased, and is tried again when the lease ends.
            let pushed = tokio::select! {
                () = stop.cancelled() => return,
                pushed = self.service.push() => pushed,
            };
            match pushed {
                Ok(true) => continue,
                Ok(false) => {}
                Err(failure) => tracing::warn!(%failure, "nothing could be pushed"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }
}
