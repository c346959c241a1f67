//! What happens to talk when somebody leaves.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{identity::domain_events::UserErased, shared::Failure};

use super::{PostRepository, RelationRepository};
use crate::shared::{Handles, Tx};

/// Erases what somebody who left wrote, liked and followed.
pub struct CommunityFarewell {
    relations: Arc<dyn RelationRepository>,
    posts: Arc<dyn PostRepository>,
}

impl CommunityFarewell {
    /// From its ports.
    pub fn new(relations: Arc<dyn RelationRepository>, posts: Arc<dyn PostRepository>) -> Self {
        Self { relations, posts }
    }
}

#[async_trait]
impl Handles<UserErased> for CommunityFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        self.posts.erase(tx, event.user_id).await?;
        Ok(self.relations.erase(tx, event.user_id).await?)
    }
}
