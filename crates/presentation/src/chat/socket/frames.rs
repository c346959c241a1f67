//! What travels over a socket, as JSON text.

use madang_domain::{
    chat,
    shared::{Failure, Id, Refusal, id::User},
};
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use super::super::dto::Message;
use crate::http::language::Language;

/// What a client sends. Members it does not know are ignored, a sender or a time above all: those
/// are the server's.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Follow a room.
    Subscribe {
        /// The room.
        room_id: Uuid,
        /// The last number the client has; what comes after it is sent first.
        after_seq: Option<i64>,
    },
    /// Follow a room no longer.
    Unsubscribe {
        /// The room.
        room_id: Uuid,
    },
    /// Say something.
    Message {
        /// The room.
        room_id: Uuid,
        /// The client's name for it.
        client_id: String,
        /// What.
        text: String,
    },
    /// Mark as read.
    Read {
        /// The room.
        room_id: Uuid,
        /// The last number read.
        seq: i64,
    },
    /// Tell the others that one is writing.
    Typing {
        /// The room.
        room_id: Uuid,
    },
    /// Ask for a sign of life.
    Ping,
}

/// What the server sends.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ServerFrame<'a> {
    /// The socket is open.
    Ready {
        /// Whose it is.
        user_id: Uuid,
        /// By which login.
        session_id: Uuid,
    },
    /// The room is followed now.
    Subscribed {
        /// The room.
        room_id: Uuid,
        /// Its newest number; what the client asked for up to it is on its way.
        last_seq: i64,
    },
    /// Somebody said something.
    Message {
        /// It.
        message: &'a Message,
    },
    /// What the client said has its place.
    Ack {
        /// The client's name for it.
        client_id: &'a str,
        /// Its number.
        seq: i64,
        /// Its id.
        id: Uuid,
    },
    /// Somebody read so far.
    Read {
        /// Where.
        room_id: Uuid,
        /// Who.
        user_id: Uuid,
        /// The last number read.
        seq: i64,
    },
    /// Somebody is writing.
    Typing {
        /// Where.
        room_id: Uuid,
        /// Who.
        user_id: Uuid,
    },
    /// A frame was refused.
    Error {
        /// Stable reason.
        code: &'a str,
        /// What to do about it.
        detail: String,
        /// The message it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<&'a str>,
        /// The room it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        room_id: Option<Uuid>,
    },
    /// The answer to a ping.
    Pong,
}

impl ServerFrame<'_> {
    /// As it travels; made once, however many sockets get it.
    pub fn text(&self) -> Utf8Bytes {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// What a refused frame was about.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The message.
    pub client: Option<&'a str>,
    /// The room.
    pub room: Option<chat::RoomId>,
}

/// The frame that tells a failure; what is our own fault is logged.
pub fn error(failure: &Failure, about: About<'_>, language: Language) -> Utf8Bytes {
    if let Some(cause) = &failure.cause {
        tracing::error!(code = failure.code().name, cause = format!("{cause:#}"), "a frame failed");
    }
    // A field of a frame is at fault alone; there is no list of them here.
    let refusal = failure.fields.first().map_or(&failure.refusal, |field| &field.refusal);
    let frame = ServerFrame::Error {
        code: refusal.code.name,
        detail: words(refusal, language),
        client_id: about.client,
        room_id: about.room.map(Id::uuid),
    };
    frame.text()
}

fn words(refusal: &Refusal, language: Language) -> String {
    let mut words = language.pick(refusal.code.advice).to_owned();
    for (name, value) in &refusal.params {
        words = words.replace(&format!("{{{name}}}"), value);
    }
    words
}

/// The frame that tells of a person's mark in a room.
pub fn read(room: chat::RoomId, user: Id<User>, seq: i64) -> Utf8Bytes {
    ServerFrame::Read { room_id: room.uuid(), user_id: user.uuid(), seq }.text()
}
