//! What is said in a room.

use std::borrow::Cow;

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

/// Who speaks in a message: a person, or a capability that tells what became of something. Kinds
/// are open: a capability that has something to tell brings its own, and processes that do not know
/// it pass it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageKind(Cow<'static, str>);

impl MessageKind {
    /// A person.
    pub const TEXT: Self = Self(Cow::Borrowed("text"));

    /// As stored and as in the API.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for MessageKind {
    fn from(name: String) -> Self {
        Self(name.into())
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
