//! Broadcasting within this process.

use async_trait::async_trait;
use madang_application::shared::{Broadcast, Heard, Listener};
use tokio::sync::broadcast::{self, error::RecvError};

/// How far a listener may fall behind before it hears of a gap instead.
const BACKLOG: usize = 1_024;

/// A channel from everybody to everybody.
pub struct MemoryBroadcast {
    sender: broadcast::Sender<Heard>,
}

impl MemoryBroadcast {
    /// Nobody listens yet.
    pub fn new() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }

    /// Lets every listener hear it. Nobody listening is fine.
    pub(crate) fn tell(&self, heard: Heard) {
        let _ = self.sender.send(heard);
    }
}

impl Default for MemoryBroadcast {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Broadcast for MemoryBroadcast {
    async fn publish(&self, topic: &str, payload: &[u8]) {
        self.tell(Heard::Message { topic: topic.into(), payload: payload.into() });
    }

    fn listen(&self) -> Box<dyn Listener> {
        Box::new(Ear(self.sender.subscribe()))
    }
}

struct Ear(broadcast::Receiver<Heard>);

#[async_trait]
impl Listener for Ear {
    async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(heard) => Some(heard),
            Err(RecvError::Lagged(_)) => Some(Heard::Gap),
            Err(RecvError::Closed) => None,
        }
    }
}
