//! The answers given under an `Idempotency-Key`, so that a repeated request gets the first one.

use async_trait::async_trait;
use madang_domain::shared::Timestamp;

use super::OnceKey;

/// A whole HTTP answer. It may carry tokens, so stores keep it sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers worth repeating, in order.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whether the key was used for this very request; `false` is the client's mistake.
    pub same_request: bool,
    /// The first answer; `None` if its effect happened but the answer was lost, in which case the
    /// use case, run again, returns the first result.
    pub answer: Option<RecordedAnswer>,
}

/// Remembers answers next to the claims of [`super::UnitOfWork::run_once`].
#[async_trait]
pub trait IdempotencyRecords: Send + Sync + 'static {
    /// What is known of the key; `None` if it is new.
    async fn find(&self, key: &OnceKey) -> anyhow::Result<Option<Recorded>>;

    /// Keeps the answer unless one is kept already, and returns the one kept. A key no use case
    /// claimed (because the request was refused) is claimed by its answer.
    ///
    /// Answers that say "try again" (409 busy, 429, 5xx) do not belong here.
    async fn record(&self, key: &OnceKey, answer: RecordedAnswer) -> anyhow::Result<Recorded>;

    /// Forgets the keys first used before that instant, and says how many they were.
    async fn forget_older_than(&self, instant: Timestamp) -> anyhow::Result<u64>;
}
