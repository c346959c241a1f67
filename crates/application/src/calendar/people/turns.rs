//! Taking turns at an event.

use async_trait::async_trait;
use madang_domain::{
    calendar::Event,
    shared::{Failure, Id},
};

/// Lets people to an event one after another, in the order they came, within this process. Between
/// processes the rows of the event decide; but whoever waits for a row holds a connection of the
/// database, and a crowd at one event would hold all of them.
#[async_trait]
pub trait Turns: Send + Sync + 'static {
    /// Waits for one's turn, which lasts until it is dropped.
    ///
    /// # Errors
    /// `platform.unavailable` if more people wait than can be served in time.
    async fn turn(&self, event: Id<Event>) -> Result<Turn, Failure>;
}

/// One's turn.
pub struct Turn {
    _held: Box<dyn Send + Sync>,
}

impl Turn {
    /// Lasts as long as what is held.
    pub fn of(held: impl Send + Sync + 'static) -> Self {
        Self { _held: Box::new(held) }
    }
}
