//! What is said while somebody is away.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    chat::domain_events::MessagesWaiting,
    notifications::{About, NotificationKind},
    shared::Failure,
};

use super::{Notice, Teller};
use crate::shared::{Handles, Tx};

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
