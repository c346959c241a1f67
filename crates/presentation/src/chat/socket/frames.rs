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

/// A frame names no more people who are present.
pub const SHOWN: usize = 100;

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
        /// Whether to be told who else follows it.
        presence: Option<bool>,
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
        /// Pictures of one's own with it.
        media_ids: Option<Vec<Uuid>>,
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
    /// Who follows the room now, by whichever process; for those who asked for it.
    Presence {
        /// The room.
        room_id: Uuid,
        /// At most [`SHOWN`] of them.
        user_ids: Vec<Uuid>,
        /// How many there are.
        count: usize,
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

/// What each frame of a client must have.
const NEEDED: [(&str, &[&str]); 6] = [
    ("subscribe", &["roomId"]),
    ("unsubscribe", &["roomId"]),
    ("message", &["roomId", "clientId", "text"]),
    ("read", &["roomId", "seq"]),
    ("typing", &["roomId"]),
    ("ping", &[]),
];

/// Why a client's frame cannot be read, in words for whoever wrote the client.
pub fn misread(text: &str, error: &serde_json::Error, language: Language) -> String {
    let say = |en: String, ko: String| if language == Language::Korean { ko } else { en };
    let Ok(frame) = serde_json::from_str::<serde_json::Value>(text) else {
        let (line, column) = (error.line(), error.column());
        return say(
            format!("It is not JSON: see line {line}, column {column}."),
            format!("JSON이 아닙니다. {line}번째 줄 {column}번째 글자를 확인해 주세요."),
        );
    };
    let kind = frame["type"].as_str().unwrap_or_default();
    let Some((_, needed)) = NEEDED.iter().find(|(name, _)| *name == kind) else {
        let kinds = NEEDED.map(|(name, _)| format!("`{name}`")).join(", ");
        return say(
            format!("A frame is a JSON object whose `type` is one of {kinds}."),
            format!("프레임은 `type`이 {kinds} 중 하나인 JSON 객체입니다."),
        );
    };
    if let Some(missing) = needed.iter().find(|name| frame.get(**name).is_none()) {
        return say(
            format!("A `{kind}` frame needs `{missing}`."),
            format!("`{kind}` 프레임에는 `{missing}` 항목이 필요합니다."),
        );
    }
    say(
        format!("A value in this `{kind}` frame has the wrong form: ids are UUIDs, numbers are whole."),
        format!("이 `{kind}` 프레임에 형식이 맞지 않는 값이 있습니다. 아이디는 UUID, 숫자는 정수입니다."),
    )
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::http::app::ASYNCAPI;

    fn document() -> Value {
        serde_json::from_str(ASYNCAPI).unwrap()
    }

    /// The messages of one side, by the `type` of their frames.
    fn messages<'d>(document: &'d Value, side: &str) -> Vec<(&'d str, &'d Value)> {
        let all = document["components"]["messages"].as_object().unwrap();
        let ours = all.iter().filter(|(name, _)| name.starts_with(side));
        ours.map(|(_, message)| {
            (message["payload"]["properties"]["type"]["const"].as_str().unwrap(), message)
        })
        .collect()
    }

    /// One frame of each kind; a new variant does not compile until it stands here.
    fn server_frames() -> Vec<Value> {
        let (id, client_id) = (Uuid::from_u128(1), Some("c"));
        let example =
            document()["components"]["messages"]["server.message"]["examples"][0]["payload"]["message"]
                .clone();
        let mut frames = vec![
            ServerFrame::Ready { user_id: id, session_id: id },
            ServerFrame::Subscribed { room_id: id, last_seq: 1 },
            ServerFrame::Ack { client_id: "c", seq: 1, id },
            ServerFrame::Read { room_id: id, user_id: id, seq: 1 },
            ServerFrame::Typing { room_id: id, user_id: id },
            ServerFrame::Presence { room_id: id, user_ids: vec![id], count: 1 },
            ServerFrame::Error { code: "a.b", detail: String::new(), client_id, room_id: Some(id) },
            ServerFrame::Pong,
        ];
        frames.retain(|frame| match frame {
            ServerFrame::Ready { .. }
            | ServerFrame::Subscribed { .. }
            | ServerFrame::Message { .. }
            | ServerFrame::Ack { .. }
            | ServerFrame::Read { .. }
            | ServerFrame::Typing { .. }
            | ServerFrame::Presence { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Pong => true,
        });
        let mut values: Vec<_> = frames.iter().map(|frame| serde_json::to_value(frame).unwrap()).collect();
        values.push(serde_json::json!({ "type": "message", "message": example }));
        values
    }

    #[test]
    fn every_frame_of_ours_is_as_the_document_says() {
        let document = document();
        let described = messages(&document, "server.");
        for frame in server_frames() {
            let kind = frame["type"].as_str().unwrap();
            let (_, message) = described.iter().find(|(described, _)| *described == kind).expect(kind);
            let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(&frame), names(&message["payload"]["properties"]), "{kind}");
        }
        // Told by notifications.
        let others = ["notification", "post"];
        assert_eq!(described.len(), server_frames().len() + others.len());
        assert!(others.iter().all(|kind| described.iter().any(|(described, _)| described == kind)));
    }

    #[test]
    fn every_frame_of_a_client_is_understood_and_needs_what_the_document_says() {
        let document = document();
        let described = messages(&document, "client.");
        assert_eq!(described.len(), 6);
        for (kind, message) in described {
            let example = &message["examples"][0]["payload"];
            serde_json::from_value::<ClientFrame>(example.clone()).expect(kind);
            let required = message["payload"]["required"].as_array().unwrap();
            let (_, needed) = NEEDED.iter().find(|(name, _)| *name == kind).expect(kind);
            for name in required.iter().map(|name| name.as_str().unwrap()) {
                assert!(name == "type" || needed.contains(&name), "{kind} needs {name}");
                let mut without = example.clone();
                without.as_object_mut().unwrap().remove(name);
                assert!(serde_json::from_value::<ClientFrame>(without).is_err(), "{kind} without {name}");
            }
        }
    }

    #[test]
    fn goodbyes_are_documented() {
        use super::super::outbox::Goodbye;
        let description = document()["info"]["description"].as_str().unwrap().to_owned();
        for goodbye in [Goodbye::GoingAway, Goodbye::CredentialsEnded, Goodbye::TooSlow, Goodbye::Flooding] {
            let (code, reason) = goodbye.code();
            assert!(description.contains(&format!("{code} {reason}")), "{code}");
        }
    }
}
