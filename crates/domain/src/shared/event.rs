//! Facts that one capability announces and others may react to.

use serde::{Serialize, de::DeserializeOwned};

/// Something that happened, named in the past tense and carrying ids and values only.
///
/// It lives in the announcing capability's `domain_events.rs`, the one domain file that
/// other capabilities may import.
pub trait DomainEvent: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stable name, `capability.past_tense`, written to the outbox.
    const NAME: &'static str;
}
