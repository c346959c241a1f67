//! What happens to rooms when somebody withdraws.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{identity::domain_events::UserErased, shared::Failure};

use super::RoomRepository;
use crate::shared::{Clock, Handles, Tx};

/// Takes somebody who withdrew out of all rooms; what they said stays without a name.
pub struct ChatFarewell {
    rooms: Arc<dyn RoomRepository>,
    clock: Arc<dyn Clock>,
}

impl ChatFarewell {
    /// From its ports.
    pub fn new(rooms: Arc<dyn RoomRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { rooms, clock }
    }
}

#[async_trait]
impl Handles<UserErased> for ChatFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        Ok(self.rooms.erase(tx, event.user_id, self.clock.now()).await?)
    }
}
