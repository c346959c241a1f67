//! What happens to pictures when somebody leaves.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{identity::domain_events::UserErased, shared::Failure};

use super::MediaRepository;
use crate::shared::{Clock, Handles, Tx};

/// Takes away every picture of somebody who left, wherever it hangs.
pub struct MediaFarewell {
    media: Arc<dyn MediaRepository>,
    clock: Arc<dyn Clock>,
}

impl MediaFarewell {
    /// From its ports.
    pub fn new(media: Arc<dyn MediaRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { media, clock }
    }
}

#[async_trait]
impl Handles<UserErased> for MediaFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        let media = self.media.all_of(tx, event.user_id).await?;
        Ok(self.media.discard(tx, &media, self.clock.now()).await?)
    }
}
