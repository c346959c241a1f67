//! Telling every process of the service, right now and without a promise.

use std::sync::Arc;

use async_trait::async_trait;

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody published this.
    Message {
        /// Whom it concerns, as published.
        topic: Arc<str>,
        /// As published.
        payload: Arc<[u8]>,
    },
    /// Messages may have been lost before this point; look into the store for what matters.
    Gap,
}

/// One listener's end of a [`Broadcast`].
#[async_trait]
pub trait Listener: Send + 'static {
    /// Waits for the next thing; `None` when the service ends.
    async fn next(&mut self) -> Option<Heard>;
}

/// Publishes to all listeners of all processes. Nothing is repeated, and what gets lost is heard as
/// a [`Heard::Gap`].
#[async_trait]
pub trait Broadcast: Send + Sync + 'static {
    /// Sends without waiting for anybody to hear it. Never fails: while other processes cannot be
    /// reached, at least the listeners of this one hear it.
    async fn publish(&self, topic: &str, payload: &[u8]);

    /// Hears everything published from now on, whatever the topic.
    fn listen(&self) -> Box<dyn Listener>;
}
