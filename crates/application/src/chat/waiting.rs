//! Looking after people who are away while others talk.
//!
//! Nothing is written for them with each message. A worker looks at rooms in which something was
//! said a moment ago, once for all that was said meanwhile, and announces for whom it waits. Whoever
//! has the room open is left alone until they have read, or are gone: also without a word, as when
//! their process dies.

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

    /// Looks after one room; says how many people messages wait for there, `None` if there was
    /// no room to look after.
    ///
    /// # Errors
    /// Only outages; the room is looked after later.
    pub async fn look(&self) -> Result<Option<usize>, Failure> {
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                let found = self.rooms.room_to_tell(tx, now.minus(GRACE)).await?;
                let Some(untold) = found else { return Ok(None) };
                let found = self.rooms.waiting(tx, &untold, now).await?;
                let room = untold.room.uuid();
                for one in &found.waiting {
                    let (user, sender, after, seq) = (one.user, one.sender, Some(one.after), one.seq);
                    tx.publish(&MessagesWaiting { room, user, sender, after, seq })?;
                }
                self.rooms.told(tx, &untold, &found).await?;
                Ok(Some(found.waiting.len()))
            })
            .await
    }
}
