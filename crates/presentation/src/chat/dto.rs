//! What goes in and out, as JSON.

use madang_application::chat as app;
use madang_domain::{
    chat::{self, ClientId, MessageText, RoomTitle},
    shared::{
        FieldError,
        id::{self, User},
    },
};
use poem_openapi::Object;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    http::{Field, Ident, Instant},
    identity::UserSummary,
    media::Media,
};

/// Which room to open: of people or of an event.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OpenRoom {
    /// The others; one without a title opens the room of the two.
    #[oai(validator(min_items = 1, max_items = 100))]
    pub user_ids: Option<Vec<Ident<User>>>,
    /// What it is called.
    pub title: Option<Field<RoomTitle>>,
    /// The event to talk about.
    pub event_id: Option<Ident<Uuid>>,
}

impl OpenRoom {
    /// The rule the schema cannot say.
    pub fn whom_or_what(errors: &mut Vec<FieldError>, body: &Value) {
        let given = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
        let (people, event, title) = (given("userIds"), given("eventId"), given("title"));
        if people == event {
            errors.push(chat::errors::WHOM_OR_WHAT.at(if event { "/eventId" } else { "/userIds" }));
        } else if event && title {
            errors.push(chat::errors::WHOM_OR_WHAT.at("/title"));
        }
    }
}

impl From<OpenRoom> for app::Open {
    fn from(room: OpenRoom) -> Self {
        match room.event_id {
            Some(event) => Self::Event(event.0.uuid()),
            None => Self::People {
                users: room.user_ids.unwrap_or_default().into_iter().map(|user| user.0).collect(),
                title: room.title.map(|title| title.0),
            },
        }
    }
}

/// A room, as one of its members sees it.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Its id.
    pub id: Ident<chat::Room>,
    /// What it is for: `direct` for two people, `group` for whoever its members bring in, `event` for
    /// whoever may see it. More kinds may come, each about its subject.
    pub kind: String,
    /// What it is called.
    pub title: Option<String>,
    /// The event it is about.
    pub event_id: Option<Ident<Uuid>>,
    /// What it is about, whatever that is; its kind says.
    pub subject_id: Option<Ident<Uuid>>,
    /// The other person of a direct room; null for somebody who withdrew.
    pub peer: Option<UserSummary>,
    /// Why the caller cannot write there: the code that a message would be refused with, which is
    /// `chat.cannot_write`, `chat.peer_suspended` or `chat.peer_withdrawn`. Null where one can write.
    pub write_refusal: Option<String>,
    /// How many are in it. A list counts in the rooms of events with more than 100 people those as well
    /// who can no longer see the event.
    pub member_count: i64,
    /// The newest message.
    pub last_message: Option<Message>,
    /// The number of the newest message; 0 before the first.
    pub last_seq: i64,
    /// How far the caller read.
    pub read_seq: i64,
    /// How many messages of others come after that, counted up to 100.
    pub unread_count: i64,
    /// When something was said last, or the room was opened.
    pub last_activity_at: Instant,
    /// When it was opened.
    pub created_at: Instant,
}

impl From<app::RoomView> for Room {
    fn from(view: app::RoomView) -> Self {
        let row = view.row;
        Self {
            id: row.id.into(),
            kind: row.kind.as_str().to_owned(),
            title: row.title,
            event_id: row
                .subject
                .filter(|_| row.kind == chat::RoomKind::EVENT)
                .map(|event| Ident(event.into())),
            subject_id: row.subject.map(|subject| Ident(subject.into())),
            peer: view.peer.map(Into::into),
            write_refusal: row.closed.map(|closed| closed.code().name.to_owned()),
            member_count: row.member_count,
            last_message: view.last.map(Into::into),
            last_seq: row.last_seq,
            read_seq: row.read_seq,
            unread_count: row.unread,
            last_activity_at: row.last_at.into(),
            created_at: row.created_at.into(),
        }
    }
}

/// Somebody in a room.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "RoomMember", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person.
    pub user: UserSummary,
    /// How far they read.
    pub read_seq: i64,
    /// When they came in.
    pub joined_at: Instant,
}

impl From<app::Member> for Member {
    fn from(member: app::Member) -> Self {
        Self { user: member.user.into(), read_seq: member.read_seq, joined_at: member.joined_at.into() }
    }
}

/// Something to say.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SendMessage {
    /// What.
    pub text: Field<MessageText>,
    /// Pictures of one's own to show with it, in this order.
    #[oai(validator(max_items = 5))]
    pub media_ids: Option<Vec<Ident<id::Picture>>>,
    /// The client's own name for it; the same again is stored once.
    pub client_id: Field<ClientId>,
}

impl From<SendMessage> for app::Say {
    fn from(message: SendMessage) -> Self {
        let pictures = message.media_ids.unwrap_or_default().into_iter().map(|picture| picture.0).collect();
        Self { text: message.text.0, pictures, client_id: message.client_id.0 }
    }
}

/// Something that was said.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: Ident<chat::Message>,
    /// Where it was said.
    pub room_id: Ident<chat::Room>,
    /// Its place in the room: 1 for the first, and no number is left out.
    pub seq: i64,
    /// Who said it; null for somebody who withdrew.
    pub sender: Option<UserSummary>,
    /// Who speaks: `text` for a person. More kinds may come, by which the service tells something.
    pub kind: String,
    /// What.
    pub text: String,
    /// Pictures with it, in their order.
    pub media: Vec<Media>,
    /// The sender's own name for it.
    pub client_id: Option<String>,
    /// When it was stored.
    pub created_at: Instant,
}

impl From<app::Spoken> for Message {
    fn from(spoken: app::Spoken) -> Self {
        let message = spoken.message;
        Self {
            id: message.id.into(),
            room_id: message.room.into(),
            seq: message.seq,
            sender: spoken.sender.map(Into::into),
            kind: message.kind.as_str().to_owned(),
            text: message.text,
            media: spoken.pictures.into_iter().map(Into::into).collect(),
            client_id: message.client_id,
            created_at: message.created_at.into(),
        }
    }
}

/// How far the caller read.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ReadRoom {
    /// The number of the last message read.
    #[oai(validator(minimum(value = "0")))]
    pub seq: i64,
}
