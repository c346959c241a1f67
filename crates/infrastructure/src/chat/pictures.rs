//! The pictures of messages.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use madang_application::shared::{PictureWall, Tx};
use madang_domain::{
    chat::Message,
    shared::{PictureId, UserId},
};
use sea_orm::{FromQueryResult, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    places,
    rows::{MessageRow, admitted},
};
use crate::sql::{
    SqlStore,
    dialect::{self, Column},
    execute, rows,
};

/// More messages than this are asked for in several statements.
const AT_ONCE: usize = 200;

/// The pictures of messages, in their order.
pub(super) type Hung = HashMap<Uuid, Vec<PictureId>>;

#[derive(FromQueryResult)]
struct Row {
    message_id: Uuid,
    media_id: Uuid,
}

#[derive(FromQueryResult)]
struct Picture {
    media_id: Uuid,
}

fn select(count: usize) -> String {
    let places = places(1, count);
    format!(
        "SELECT message_id, media_id FROM message_media WHERE message_id IN ({places}) ORDER BY message_id, place"
    )
}

fn gather(hung: &mut Hung, found: Vec<Row>) {
    for row in found {
        hung.entry(row.message_id).or_default().push(row.media_id.into());
    }
}

/// The pictures of those messages that have some.
pub(super) async fn of(
    store: &SqlStore,
    messages: impl Iterator<Item = &MessageRow>,
) -> anyhow::Result<Hung> {
    let (mut hung, ids) = (Hung::new(), MessageRow::with_pictures(messages));
    for ids in ids.chunks(AT_ONCE) {
        let found = store.rows(&select(ids.len()), ids.iter().map(|id| Value::from(*id))).await?;
        gather(&mut hung, found);
    }
    Ok(hung)
}

/// The same inside a transaction.
pub(super) async fn of_inside(
    tx: &mut Tx,
    messages: impl Iterator<Item = &MessageRow>,
) -> anyhow::Result<Hung> {
    let (mut hung, ids) = (Hung::new(), MessageRow::with_pictures(messages));
    for ids in ids.chunks(AT_ONCE) {
        let found = rows(tx, &select(ids.len()), ids.iter().map(|id| Value::from(*id))).await?;
        gather(&mut hung, found);
    }
    Ok(hung)
}

const PLACES: [(&str, Column); 3] =
    [("message", Column::Id), ("place", Column::Number), ("picture", Column::Id)];

/// Hangs up the pictures of messages that were just stored.
pub(super) async fn hang(tx: &mut Tx, messages: &[&Message]) -> anyhow::Result<()> {
    let hung = messages.iter().flat_map(|message| {
        let id = message.id.uuid();
        let pictures = (0_i64..).zip(&message.pictures);
        pictures
            .map(move |(place, picture)| json!({ "message": id, "place": place, "picture": picture.uuid() }))
    });
    let hung = hung.collect::<Vec<Json>>();
    if hung.is_empty() {
        return Ok(());
    }
    let insert = format!(
        "INSERT INTO message_media (message_id, place, media_id) SELECT a.message, a.place, a.picture FROM {} a",
        dialect::records(tx, "$1", &PLACES)
    );
    execute(tx, &insert, [Json::from(hung).to_string().into()]).await?;
    Ok(())
}

/// Messages as a place where pictures hang: whoever is in the room may see them.
pub struct MessagePictures {
    store: Arc<SqlStore>,
}

impl MessagePictures {
    /// Of this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl PictureWall for MessagePictures {
    async fn hanging(&self, tx: &mut Tx, pictures: &[PictureId]) -> anyhow::Result<Vec<PictureId>> {
        let text = format!(
            "SELECT DISTINCT media_id FROM message_media WHERE media_id IN ({})",
            places(1, pictures.len())
        );
        let hung: Vec<Picture> = rows(tx, &text, pictures.iter().map(|id| Value::from(id.uuid()))).await?;
        Ok(hung.into_iter().map(|hung| hung.media_id.into()).collect())
    }

    async fn shows(&self, viewer: Option<UserId>, picture: PictureId) -> anyhow::Result<bool> {
        // Rooms are for those who are in them.
        let Some(viewer) = viewer else { return Ok(false) };
        let text = format!(
            "SELECT w.media_id FROM message_media w JOIN messages x ON x.id = w.message_id \
             JOIN room_members m ON m.room_id = x.room_id AND m.user_id = $1 AND m.left_at IS NULL \
             JOIN rooms r ON r.id = x.room_id WHERE w.media_id = $2 AND {} LIMIT 1",
            admitted("$1")
        );
        let values = [viewer.uuid().into(), picture.uuid().into()];
        Ok(self.store.row::<Picture>(&text, values).await?.is_some())
    }
}
