//! Telling people who are connected right now.

use madang_domain::shared::UserId;

/// The people connected to this process.
pub trait Live: Send + Sync + 'static {
    /// Who they are.
    fn people(&self) -> Vec<UserId>;

    /// Sends a frame, as JSON text, to all of somebody's connections.
    fn tell(&self, user: UserId, frame: &str);
}
