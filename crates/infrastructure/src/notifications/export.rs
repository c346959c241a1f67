//! What `notifications` adds to an export.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::{Caller, ExportFile, ExportPart};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use uuid::Uuid;

use crate::sql::SqlStore;

/// What the person was told.
pub struct NotificationsExport {
    store: Arc<SqlStore>,
}

impl NotificationsExport {
    /// From this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    created_at: i64,
    read_at: Option<i64>,
}

#[async_trait]
impl ExportPart for NotificationsExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let text = "SELECT id, kind, created_at, read_at FROM notifications WHERE user_id = $1 ORDER BY id";
        let rows: Vec<Row> = self.store.rows(text, [caller.user.uuid().into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "id": row.id, "kind": row.kind, "createdAt": Timestamp::from_micros(row.created_at),
                    "readAt": row.read_at.map(Timestamp::from_micros),
                })
            })
            .collect();
        Ok(vec![ExportFile::json("notifications.json", &value)?])
    }
}
