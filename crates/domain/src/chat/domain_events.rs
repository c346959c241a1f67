//! What other capabilities may hear from chat: the only file of it that they may import.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::shared::{DomainEvent, UserId};

/// Messages wait for somebody who is not in the room. Said once of each message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesWaiting {
    /// The room.
    pub room: Uuid,
    /// Who should hear of it.
    pub user: UserId,
    /// Who wrote the last message that waits.
    pub sender: UserId,
    /// They come after this number; `None` if it is one message.
    #[serde(default)]
    pub after: Option<i64>,
    /// The number of the last.
    pub seq: i64,
}

impl DomainEvent for MessagesWaiting {
    const NAME: &'static str = "chat.messages_waiting";
}

/// Somebody who was told that messages wait has read on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingMessagesRead {
    /// The room.
    pub room: Uuid,
    /// Who read.
    pub user: UserId,
}

impl DomainEvent for WaitingMessagesRead {
    const NAME: &'static str = "chat.waiting_messages_read";
}
