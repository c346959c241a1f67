//! Accounts that are shut out or let in again, for those who keep counts of what people do.

use async_trait::async_trait;
use madang_domain::shared::UserId;

use super::Tx;

/// Hears of it in the transaction that does it: from then on nobody sees what this person did, or
/// everybody does again, and no count that is read may say otherwise.
#[async_trait]
pub trait Absences: Send + Sync + 'static {
    /// Somebody was suspended, or reactivated.
    async fn changed(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}
