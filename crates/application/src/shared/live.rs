//! Telling people who are connected right now.

use madang_domain::shared::{Timestamp, UserId};

/// The people connected to this process.
pub trait Live: Send + Sync + 'static {
    /// Who they are.
    fn people(&self) -> Vec<UserId>;

    /// Since when there is anybody; `None` while nobody is connected.
    fn since(&self) -> Option<Timestamp>;

    /// Sends a frame, as JSON text, to all of somebody's connections.
    fn tell(&self, user: UserId, frame: &str);
}
