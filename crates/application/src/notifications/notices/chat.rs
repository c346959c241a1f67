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

/// Tells people that messages wait for them.
pub struct MessageNotices(Arc<Teller>);

impl MessageNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<MessagesWaiting> for MessageNotices {
    async fn handle(&self, tx: &mut Tx, event: MessagesWaiting) -> Result<(), Failure> {
        let notice = Notice {
            user: event.user,
            actor: Some(event.sender),
            kind: NotificationKind::Message,
            about: About::Room(event.room),
            cause: format!("{}:{}", event.room, event.seq),
        };
        self.0.tell(tx, notice).await
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
