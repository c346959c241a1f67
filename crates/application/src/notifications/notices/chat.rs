//! What is said while somebody is away, and that they came back.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    chat::domain_events::{MessagesWaiting, WaitingMessagesRead},
    notifications::{About, NotificationKind},
    shared::Failure,
};

use super::{Notice, Teller};
use crate::{
    notifications::NotificationRepository,
    shared::{Clock, Handles, Tx},
};

/// Tells people that messages wait for them, unless they have read them by then.
pub struct MessageNotices {
    teller: Arc<Teller>,
    notifications: Arc<dyn NotificationRepository>,
}

impl MessageNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>, notifications: Arc<dyn NotificationRepository>) -> Self {
        Self { teller, notifications }
    }
}

#[async_trait]
impl Handles<MessagesWaiting> for MessageNotices {
    async fn handle(&self, tx: &mut Tx, event: MessagesWaiting) -> Result<(), Failure> {
        // Events arrive in any order: that they read on may have been heard of before this.
        if !self.notifications.still_waits(tx, event.user, event.room, event.seq).await? {
            return Ok(());
        }
        let notice = Notice {
            user: event.user,
            actor: Some(event.sender),
            kind: NotificationKind::Message,
            about: About::Room(event.room),
            cause: format!("{}:{}", event.room, event.seq),
        };
        self.teller.tell(tx, notice).await
    }
}

/// Whoever reads in the room need not read of it once more.
pub struct RoomReading {
    notifications: Arc<dyn NotificationRepository>,
    clock: Arc<dyn Clock>,
}

impl RoomReading {
    /// From its ports.
    pub fn new(notifications: Arc<dyn NotificationRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { notifications, clock }
    }
}

#[async_trait]
impl Handles<WaitingMessagesRead> for RoomReading {
    async fn handle(&self, tx: &mut Tx, event: WaitingMessagesRead) -> Result<(), Failure> {
        Ok(self.notifications.read_room(tx, event.user, event.room, self.clock.now()).await?)
    }
}
