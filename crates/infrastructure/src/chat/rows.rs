//! Rows of rooms and messages, and what they are.

use std::sync::LazyLock;

use madang_application::chat::{Closed, RoomRow};
use madang_domain::{chat::Message, shared::Timestamp};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::pictures::Hung;
use crate::{
    calendar::visibility::seen,
    sql::sight::{not_blocked_between, suspended},
};

/// The columns of [`MessageRow`], of the table `x`.
pub(super) const MESSAGE: &str =
    "x.id, x.room_id, x.seq, x.sender_id, x.kind, x.text, x.client_id, x.created_at, x.picture_count";

#[derive(FromQueryResult)]
pub(super) struct MessageRow {
    id: Uuid,
    room_id: Uuid,
    seq: i64,
    sender_id: Option<Uuid>,
    kind: String,
    text: String,
    client_id: Option<String>,
    created_at: i64,
    picture_count: i64,
}

impl MessageRow {
    /// The ids of those that have pictures.
    pub(super) fn with_pictures<'r>(rows: impl Iterator<Item = &'r Self>) -> Vec<Uuid> {
        rows.filter(|row| row.picture_count > 0).map(|row| row.id).collect()
    }

    /// The message, with what hangs there of it.
    pub(super) fn message(self, hung: &mut Hung) -> Message {
        let row = self;
        Message {
            id: row.id.into(),
            room: row.room_id.into(),
            seq: row.seq,
            sender: row.sender_id.map(Into::into),
            kind: row.kind.into(),
            text: row.text,
            pictures: hung.remove(&row.id).unwrap_or_default(),
            client_id: row.client_id,
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

/// Why `person` says nothing more in the room `r` (SQL expressions), by the name of a [`Closed`]; null
/// or `open` where they do.
pub(super) fn closed(person: &str) -> String {
    format!(
        "CASE WHEN r.kind = 'direct' THEN coalesce((SELECT CASE WHEN {} THEN 'suspended' WHEN {} THEN 'open' ELSE 'blocked' END \
           FROM room_members o WHERE o.room_id = r.id AND o.user_id <> {person} AND o.left_at IS NULL LIMIT 1), 'withdrawn') END",
        suspended("o.user_id"),
        not_blocked_between(person, "o.user_id")
    )
}

/// Rooms `r` of member `$1`, whose row is `m` and who may be in them, with the newest message `x`.
/// Whether somebody still sees an event is asked for each member of a small room only: a list may
/// have a hundred rooms of thousands.
pub(super) static ROOMS: LazyLock<String> = LazyLock::new(|| rooms(" AND r.member_count <= 100"));

/// The same for one room, with everybody looked at.
pub(super) static ROOM: LazyLock<String> = LazyLock::new(|| format!("{} AND m.room_id = $2", rooms("")));

fn rooms(counted: &str) -> String {
    let (closed, admitted, inside) = (closed("$1"), admitted("$1"), inside("c"));
    format!(
        "SELECT {closed} AS closed, CASE WHEN r.kind = 'event'{counted} THEN (SELECT count(*) FROM room_members c \
             WHERE c.room_id = r.id AND {inside}) ELSE r.member_count END AS member_count, {REST} AND {admitted}"
    )
}

const REST: &str = "r.id, r.kind, r.title, r.subject_id, r.last_seq, r.last_at, \
     r.created_at, m.read_seq, \
     CASE WHEN r.kind = 'direct' THEN (SELECT o.user_id FROM room_members o WHERE o.room_id = r.id \
       AND o.user_id <> $1 AND o.left_at IS NULL) END AS peer_id, \
     (SELECT count(*) FROM (SELECT 1 FROM messages u WHERE u.room_id = r.id AND u.seq > m.read_seq \
       AND (u.sender_id IS NULL OR u.sender_id <> $1) LIMIT 100) AS others) AS unread, \
     x.id AS message_id, x.sender_id, x.kind AS message_kind, x.text, x.client_id, x.created_at AS message_at, x.picture_count \
     FROM room_members m JOIN rooms r ON r.id = m.room_id \
     LEFT JOIN messages x ON x.room_id = r.id AND x.seq = r.last_seq \
     WHERE m.user_id = $1 AND m.left_at IS NULL";

/// Whether `person` (an SQL expression) may be in room `r`: its event, if it has one, is for those
/// who see it. Asked wherever somebody acts or is shown something, so that nobody stays who lost
/// their invitation; whoever gets it back finds everything as they left it.
pub(super) fn admitted(person: &str) -> String {
    format!("(r.kind <> 'event' OR {})", seen(person, "r.subject_id"))
}

/// Whether the row `member` of `room_members` is of somebody who is in room `r`: whom its list shows
/// and its count counts.
pub(super) fn inside(member: &str) -> String {
    format!("{member}.left_at IS NULL AND {}", admitted(&format!("{member}.user_id")))
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    kind: String,
    title: Option<String>,
    subject_id: Option<Uuid>,
    member_count: i64,
    last_seq: i64,
    last_at: i64,
    created_at: i64,
    read_seq: i64,
    peer_id: Option<Uuid>,
    closed: Option<String>,
    unread: i64,
    message_id: Option<Uuid>,
    sender_id: Option<Uuid>,
    message_kind: Option<String>,
    text: Option<String>,
    client_id: Option<String>,
    message_at: Option<i64>,
    picture_count: Option<i64>,
}

impl Row {
    /// Parts it from the newest message.
    pub(super) fn part(mut self) -> (Self, Option<MessageRow>) {
        let row = &mut self;
        let found = (row.message_id, row.message_kind.take(), row.text.take(), row.message_at);
        let message = match found {
            (Some(id), Some(kind), Some(text), Some(created_at)) => Some(MessageRow {
                id,
                room_id: row.id,
                seq: row.last_seq,
                sender_id: row.sender_id,
                kind,
                text,
                client_id: row.client_id.take(),
                created_at,
                picture_count: row.picture_count.unwrap_or_default(),
            }),
            _ => None,
        };
        (self, message)
    }

    /// The room, with its newest message.
    pub(super) fn room(self, last_message: Option<Message>) -> RoomRow {
        let row = self;
        RoomRow {
            id: row.id.into(),
            kind: row.kind.into(),
            title: row.title,
            subject: row.subject_id,
            peer: row.peer_id.map(Into::into),
            closed: row.closed.as_deref().and_then(Closed::named),
            member_count: row.member_count,
            last_message,
            last_seq: row.last_seq,
            read_seq: row.read_seq,
            unread: row.unread,
            last_at: Timestamp::from_micros(row.last_at),
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}
