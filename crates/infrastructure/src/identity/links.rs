//! Asks providers now and then whether links still stand.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    identity::social::{LinkSweep, Swept},
    shared::Worker,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often a batch of links that are due is looked at.
const EVERY: Duration = Duration::from_mins(10);

/// The worker that does so.
pub struct LinkWatch {
    sweep: Arc<LinkSweep>,
}

impl LinkWatch {
    /// Wires it.
    pub fn new(sweep: Arc<LinkSweep>) -> Self {
        Self { sweep }
    }
}

#[async_trait]
impl Worker for LinkWatch {
    fn name(&self) -> &'static str {
        "link-watch"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(EVERY) => {}
            }
            match self.sweep.round().await {
                Ok(Swept { ended, doubted }) => {
                    if ended > 0 {
                        tracing::info!(ended, "links ended that providers no longer know");
                    }
                    for provider in doubted {
                        tracing::warn!(provider, "denies most links, which is not believed");
                    }
                }
                Err(failure) => tracing::warn!(%failure, "links were not asked about"),
            }
        }
    }
}
