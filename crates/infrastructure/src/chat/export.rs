//! What `chat` adds to an export.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::{Caller, ExportFile, ExportPart};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use uuid::Uuid;

use super::{
    pictures,
    rows::{MESSAGE, MessageRow},
};
use crate::sql::SqlStore;

/// The rooms the person is in, and what the person said anywhere. What others said is theirs.
pub struct ChatExport {
    store: Arc<SqlStore>,
}

impl ChatExport {
    /// From this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }

    async fn rooms(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            kind: String,
            title: Option<String>,
            subject_id: Option<Uuid>,
            read_seq: i64,
            joined_at: i64,
        }
        let text = "SELECT r.id, r.kind, r.title, r.subject_id, m.read_seq, m.joined_at FROM room_members m \
                    JOIN rooms r ON r.id = m.room_id WHERE m.user_id = $1 AND m.left_at IS NULL ORDER BY r.id";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "id": row.id, "kind": row.kind, "title": row.title, "subjectId": row.subject_id,
                    "readSeq": row.read_seq, "joinedAt": Timestamp::from_micros(row.joined_at),
                })
            })
            .collect();
        ExportFile::json("rooms.json", &value)
    }

    async fn messages(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        // As the index of them says it.
        let text =
            format!("SELECT {MESSAGE} FROM messages x WHERE x.sender_id = $1 AND x.seq > 0 ORDER BY x.id");
        let rows: Vec<MessageRow> = self.store.rows(&text, [user.into()]).await?;
        let mut hung = pictures::of(&self.store, rows.iter()).await?;
        let mut value = Vec::with_capacity(rows.len());
        for row in rows {
            let message = row.message(&mut hung);
            value.push(json!({
                "id": message.id, "roomId": message.room, "seq": message.seq, "text": message.text,
                "mediaIds": message.pictures, "clientId": message.client_id, "createdAt": message.created_at,
            }));
        }
        ExportFile::json("messages.json", &value)
    }
}

#[async_trait]
impl ExportPart for ChatExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let user = caller.user.uuid();
        Ok(vec![self.rooms(user).await?, self.messages(user).await?])
    }
}
