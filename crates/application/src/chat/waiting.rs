//! Looking after people who are away while others talk.
//!
//! Nothing is written for them with each message. A worker looks at rooms in which something was
//! said a moment ago, once for all that was said meanwhile, and announces for whom it waits.

use std::{sync::Arc, time::Duration};

use madang_domain::{chat::domain_events::MessagesWaiting, shared::Failure};

use super::RoomRepository;
use crate::shared::{Clock, UnitOfWork};

/// Whoever reads within this time is not away.
const GRACE: Duration = Duration::from_secs(1);

/// Finds out for whom messages wait.
pub struct WaitingService {
    uow: Arc<UnitOfWork>,
    rooms: Arc<dyn RoomRepository>,
    clock: Arc<dyn Clock>,
}

impl WaitingService {
    /// From its ports.
    pub fn new(uow: Arc<UnitOfWork>, rooms: Arc<dyn RoomRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { uow, rooms, clock }
    }

    /// Looks after one room; says whether there was one to look after.
    ///
    /// # Errors
    /// Only outages; the room is looked after later.
    pub async fn look(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                let found = self.rooms.room_to_tell(tx, now.minus(GRACE)).await?;
                let Some((room, last_seq)) = found else { return Ok(false) };
                let waiting = self.rooms.waiting(tx, room, now).await?;
                for one in &waiting {
                    let (user, sender, seq) = (one.user, one.sender, one.seq);
                    tx.publish(&MessagesWaiting { room: room.uuid(), user, sender, seq })?;
                }
                let users: Vec<_> = waiting.iter().map(|one| one.user).collect();
                self.rooms.told(tx, room, &users, last_seq).await?;
                Ok(true)
            })
            .await
    }
}
