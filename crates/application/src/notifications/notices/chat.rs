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
        let after = event.after.unwrap_or(event.seq - 1);
        let unread = self.notifications.unread(tx, event.user, event.room, after, event.seq).await?;
        let notices = unread.into_iter().map(|unread| {
            let notice = Notice {
                user: event.user,
                actor: Some(unread.sender),
                kind: NotificationKind::Message,
                about: About::Room(event.room),
                // Whatever is read meanwhile, the last one of a sender stays the last.
                cause: format!("{}:{}", event.room, unread.seq),
            };
            (notice, unread.count)
        });
        self.teller.tell_together(tx, notices.collect()).await
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
