//! `MediaQueries` in SQL.

use async_trait::async_trait;
use madang_application::media::MediaQueries;
use madang_domain::{
    media::Media,
    shared::{PictureId, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::rows::{COLUMNS, MediaRow, places};
use crate::sql::SqlStore;

/// More pictures than this are asked for in several statements.
const CHUNK: usize = 100;

#[derive(FromQueryResult)]
struct Used {
    bytes: i64,
}

#[async_trait]
impl MediaQueries for SqlStore {
    async fn media(&self, ids: &[PictureId]) -> anyhow::Result<Vec<Media>> {
        let mut wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = Vec::with_capacity(wanted.len());
        for chunk in wanted.chunks(CHUNK) {
            let text = format!("SELECT {COLUMNS} FROM media m WHERE m.id IN ({})", places(1, chunk.len()));
            let rows: Vec<MediaRow> = self.rows(&text, chunk.iter().map(|id| Value::from(*id))).await?;
            for row in rows {
                found.push(row.try_into()?);
            }
        }
        Ok(found)
    }

    async fn by_key(&self, key: &str) -> anyhow::Result<Option<Media>> {
        let text = format!("SELECT {COLUMNS} FROM media m WHERE m.file_key = $1");
        self.row::<MediaRow>(&text, [key.into()]).await?.map(Media::try_from).transpose()
    }

    async fn of_owner(&self, owner: UserId) -> anyhow::Result<Vec<Media>> {
        let text = format!("SELECT {COLUMNS} FROM media m WHERE m.owner_id = $1 ORDER BY m.id");
        let rows = self.rows::<MediaRow>(&text, [owner.uuid().into()]).await?;
        rows.into_iter().map(Media::try_from).collect()
    }

    async fn used_by(&self, owner: UserId) -> anyhow::Result<i64> {
        let text = "SELECT bytes FROM media_owners WHERE owner_id = $1";
        Ok(self.row::<Used>(text, [owner.uuid().into()]).await?.map_or(0, |used| used.bytes))
    }
}
