//! Storing messages.
//!
//! A message gets its number under the row lock of its room, in the transaction that stores it.
//! So numbers become visible in their order and none is ever left out, also not by a message that
//! was sent twice: it is looked for before a number is used up. Rooms are locked in the order of
//! their ids, so that two transactions never wait for each other in a circle.

use std::collections::HashMap;

use madang_application::{
    chat::{Append, Appended, Closed},
    shared::{Tx, new_id},
};
use madang_domain::{
    chat::{Message, MessageKind, RoomId},
    shared::UserId,
};
use sea_orm::{FromQueryResult, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    pictures,
    rows::{MESSAGE, MessageRow, admitted, closed},
};
use crate::sql::{
    dialect::{self, Column},
    execute, rows,
};

/// What a sender calls a message; there is one with this name.
type Name = (RoomId, Option<UserId>, Option<String>);

/// How the sender of a message stands to the room.
#[derive(FromQueryResult)]
struct Standing {
    place: i64,
    member: bool,
    closed: Option<String>,
    repeated: bool,
}

pub(super) async fn append(tx: &mut Tx, appends: &[Append]) -> anyhow::Result<Vec<Appended>> {
    let asked = asked(appends);
    let mut numbers = lock(tx, &asked).await?;
    let standings = standings(tx, &asked).await?;
    let mut said = HashMap::new();
    if standings.values().any(|standing| standing.repeated) {
        said = said_before(tx, &asked).await?;
    }
    let (mut appended, mut fresh) = (Vec::with_capacity(appends.len()), Vec::new());
    for (place, append) in (0..).zip(appends) {
        appended.push(match (numbers.get_mut(&append.room), standings.get(&place)) {
            (Some(number), Some(standing)) if standing.member => {
                let message = message(append, *number + 1);
                match said.get(&name(&message)) {
                    Some(before) => Appended::Repeated(Message::clone(before)),
                    None => match standing.closed.as_deref().and_then(Closed::named) {
                        Some(closed) => Appended::Refused(closed),
                        None => {
                            *number += 1;
                            said.insert(name(&message), message.clone());
                            fresh.push(message.clone());
                            Appended::Stored(message)
                        }
                    },
                }
            }
            (Some(_), Some(_)) => Appended::NotAMember,
            _ => Appended::NoRoom,
        });
    }
    store(tx, &fresh).await?;
    Ok(appended)
}

fn name(message: &Message) -> Name {
    (message.room, message.sender, message.client_id.clone())
}

fn message(append: &Append, seq: i64) -> Message {
    Message {
        id: new_id(),
        room: append.room,
        seq,
        sender: Some(append.sender),
        kind: MessageKind::TEXT,
        text: append.text.as_str().to_owned(),
        pictures: append.pictures.clone(),
        client_id: Some(append.client_id.as_str().to_owned()),
        created_at: append.at,
    }
}

/// The messages as the value of [`ASKED`].
fn asked(appends: &[Append]) -> String {
    let asked = (0_i64..).zip(appends).map(|(place, append)| {
        json!({ "place": place, "room": append.room.uuid(), "sender": append.sender.uuid(),
            "client": append.client_id.as_str() })
    });
    asked.collect::<Json>().to_string()
}

const ASKED: [(&str, Column); 4] =
    [("place", Column::Number), ("room", Column::Id), ("sender", Column::Id), ("client", Column::Text)];

/// Locks the rooms there are; answers the number of the newest message of each.
async fn lock(tx: &mut Tx, asked: &str) -> anyhow::Result<HashMap<RoomId, i64>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
        last_seq: i64,
    }
    let select = format!(
        "SELECT id, last_seq FROM rooms WHERE id IN (SELECT a.room FROM {} a) ORDER BY id{}",
        dialect::records(tx, "$1", &ASKED),
        dialect::for_change(tx)
    );
    let found = rows::<Found>(tx, &select, [asked.into()]).await?;
    Ok(found.into_iter().map(|found| (found.id.into(), found.last_seq)).collect())
}

/// A statement of its own: it sees what was committed before the locks were taken, which a
/// sub-select of the locking statement need not. Not `EXISTS` where one key finds at most one row:
/// Postgres may make a table in memory of all that exists, and keeps that plan from the time when
/// little did.
async fn standings(tx: &mut Tx, asked: &str) -> anyhow::Result<HashMap<i64, Standing>> {
    let select = format!(
        "SELECT a.place, (SELECT m.user_id FROM room_members m WHERE m.room_id = a.room AND m.user_id = a.sender \
           AND m.left_at IS NULL) IS NOT NULL AND {} AS member, \
         {} AS closed, \
         (SELECT x.id FROM messages x WHERE x.room_id = a.room AND x.sender_id = a.sender \
           AND x.client_id = a.client) IS NOT NULL AS repeated \
         FROM {} a JOIN rooms r ON r.id = a.room",
        admitted("a.sender"),
        closed("a.sender"),
        dialect::records(tx, "$1", &ASKED)
    );
    let found = rows::<Standing>(tx, &select, [asked.into()]).await?;
    Ok(found.into_iter().map(|standing| (standing.place, standing)).collect())
}

async fn said_before(tx: &mut Tx, asked: &str) -> anyhow::Result<HashMap<Name, Message>> {
    let select = format!(
        "SELECT {MESSAGE} FROM {} a JOIN messages x ON x.room_id = a.room AND x.sender_id = a.sender \
         AND x.client_id = a.client",
        dialect::records(tx, "$1", &ASKED)
    );
    let found = rows::<MessageRow>(tx, &select, [asked.into()]).await?;
    let mut hung = pictures::of_inside(tx, found.iter()).await?;
    let messages = found.into_iter().map(|row| row.message(&mut hung));
    Ok(messages.map(|message| (name(&message), message)).collect())
}

const FRESH: [(&str, Column); 9] = [
    ("id", Column::Id),
    ("room", Column::Id),
    ("seq", Column::Number),
    ("sender", Column::Id),
    ("kind", Column::Text),
    ("text", Column::Text),
    ("client", Column::Text),
    ("at", Column::Number),
    ("pictures", Column::Number),
];

async fn store(tx: &mut Tx, messages: &[Message]) -> anyhow::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let fresh = messages.iter().map(|message| {
        json!({ "id": message.id.uuid(), "room": message.room.uuid(), "seq": message.seq,
            "sender": message.sender.map(|sender| sender.uuid()), "kind": message.kind.as_str(),
            "text": message.text, "client": message.client_id, "at": message.created_at.micros(),
            "pictures": message.pictures.len() })
    });
    let fresh: Value = fresh.collect::<Json>().to_string().into();
    let insert = format!(
        "INSERT INTO messages (id, room_id, seq, sender_id, kind, text, client_id, created_at, \
         picture_count) SELECT a.id, a.room, a.seq, a.sender, a.kind, a.text, a.client, a.at, a.pictures FROM {} a",
        dialect::records(tx, "$1", &FRESH)
    );
    execute(tx, &insert, [fresh.clone()]).await?;
    let update = format!(
        "UPDATE rooms SET last_seq = a.seq, last_at = a.at FROM (SELECT f.room, max(f.seq) AS seq, max(f.at) AS at \
         FROM {} f GROUP BY f.room) a WHERE rooms.id = a.room",
        dialect::records(tx, "$1", &FRESH)
    );
    execute(tx, &update, [fresh]).await?;
    Ok(())
}
