//! What is said in a room.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::RoomId;
use crate::shared::{Id, PictureId, Timestamp, UserId};

/// The id of a message.
pub type MessageId = Id<Message>;

/// A message shows no more pictures.
pub const MAX_PICTURES: usize = 5;

crate::text! {
    /// What somebody says.
    pub MessageText: "message-text", 1..=1000, "Who brings the kimbap?";
}

crate::text! {
    /// The name a client gives a message, so that it is stored once however often it is sent.
    pub ClientId: "client-id", 1..=64, "b7c9e2f0-1";
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MessageKind {
    /// A person.
    Text,
}

impl MessageKind {
    const ALL: [Self; 1] = [Self::Text];

    /// As stored and as in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// A message that has its place in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub room: RoomId,
    /// Its place: 1 for the first of the room, and no number is left out.
    pub seq: i64,
    /// Who said it; `None` for somebody who withdrew.
    pub sender: Option<UserId>,
    /// Who speaks.
    pub kind: MessageKind,
    /// What.
    pub text: String,
    /// The pictures with it, in their order.
    #[serde(default)]
    pub pictures: Vec<PictureId>,
    /// The sender's own name for it.
    pub client_id: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}
