//! Telling every process of the service, right now and without a promise.

use async_trait::async_trait;

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody published this.
    Message {
        /// Whom it concerns, as published.
        topic: String,
        /// As published.
        payload: Vec<u8>,
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

/// Publishes to all listeners of all processes, at most once each.
#[async_trait]
pub trait Broadcast: Send + Sync + 'static {
    /// Sends, or loses the message and lets the listeners hear [`Heard::Gap`] later.
    async fn publish(&self, topic: &str, payload: &[u8]);

    /// Hears everything published from now on, whatever the topic.
    fn listen(&self) -> Box<dyn Listener>;
}
