//! `MediaRepository` in SQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use madang_application::{media::MediaRepository, shared::Tx};
use madang_domain::{
    media::{Media, MediaName},
    shared::{PictureId, Timestamp, UserId},
};
use sea_orm::Value;
use uuid::Uuid;

use super::rows::{COLUMNS, MediaRow, places};
use crate::sql::{SqlStore, dialect, execute, rows};

#[async_trait]
impl MediaRepository for SqlStore {
    async fn condemn(&self, tx: &mut Tx, names: &[MediaName], at: Timestamp) -> anyhow::Result<()> {
        for name in names {
            let insert =
                "INSERT INTO media_trash (name, due_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            execute(tx, insert, [name.to_string().into(), at.micros().into()]).await?;
        }
        Ok(())
    }

    async fn add(&self, tx: &mut Tx, media: &Media, room: i64, look: Timestamp) -> anyhow::Result<bool> {
        let insert =
            "INSERT INTO media_owners (owner_id, bytes) VALUES ($1, 0) ON CONFLICT (owner_id) DO NOTHING";
        execute(tx, insert, [media.owner.uuid().into()]).await?;
        let take = "UPDATE media_owners SET bytes = bytes + $2 WHERE owner_id = $1 AND bytes + $2 <= $3";
        let values = [media.owner.uuid().into(), media.stored_bytes.into(), room.into()];
        if execute(tx, take, values).await? == 0 {
            return Ok(false);
        }
        let insert = "INSERT INTO media (id, owner_id, file_key, kind, small_kind, width, height, byte_size, \
                      stored_bytes, blurhash, created_at, look_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let values: [Value; 12] = [
            media.id.uuid().into(),
            media.owner.uuid().into(),
            media.key.as_str().into(),
            media.kind.extension().into(),
            media.small_kind.extension().into(),
            i64::from(media.width).into(),
            i64::from(media.height).into(),
            media.byte_size.into(),
            media.stored_bytes.into(),
            media.blurhash.as_str().into(),
            media.created_at.micros().into(),
            look.micros().into(),
        ];
        execute(tx, insert, values).await?;
        let [full, small] = media.names().map(|name| name.to_string());
        execute(tx, "DELETE FROM media_trash WHERE name IN ($1, $2)", [full.into(), small.into()]).await?;
        Ok(true)
    }

    async fn hold(&self, tx: &mut Tx, owner: UserId, ids: &[PictureId]) -> anyhow::Result<Vec<Media>> {
        let text = format!(
            "SELECT {COLUMNS} FROM media m WHERE m.owner_id = $1 AND m.id IN ({}) ORDER BY m.id{}",
            places(2, ids.len()),
            dialect::for_share(tx)
        );
        let values = [owner.uuid()].into_iter().chain(uuids(ids)).map(Value::from);
        read(rows(tx, &text, values).await?)
    }

    async fn due(&self, tx: &mut Tx, now: Timestamp, most: u32) -> anyhow::Result<Vec<Media>> {
        let text = format!(
            "SELECT {COLUMNS} FROM media m WHERE m.look_at <= $1 ORDER BY m.look_at, m.id LIMIT $2{}",
            dialect::skip_locked(tx)
        );
        read(rows(tx, &text, [now.micros().into(), i64::from(most).into()]).await?)
    }

    async fn look_again(&self, tx: &mut Tx, ids: &[PictureId], at: Timestamp) -> anyhow::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let text = format!("UPDATE media SET look_at = $1 WHERE id IN ({})", places(2, ids.len()));
        let values = [Value::from(at.micros())].into_iter().chain(uuids(ids).map(Value::from));
        execute(tx, &text, values).await?;
        Ok(())
    }

    async fn discard(&self, tx: &mut Tx, media: &[Media], now: Timestamp) -> anyhow::Result<()> {
        let mut freed: BTreeMap<UserId, i64> = BTreeMap::new();
        for gone in media {
            self.condemn(tx, &gone.names(), now).await?;
            execute(tx, "DELETE FROM media WHERE id = $1", [gone.id.uuid().into()]).await?;
            *freed.entry(gone.owner).or_default() += gone.stored_bytes;
        }
        // In the order of their ids, so that two who discard at once do not wait for each other.
        for (owner, bytes) in freed {
            let give = "UPDATE media_owners SET bytes = bytes - $2 WHERE owner_id = $1";
            execute(tx, give, [owner.uuid().into(), bytes.into()]).await?;
            execute(tx, "DELETE FROM media_owners WHERE owner_id = $1 AND bytes = 0", [owner.uuid().into()])
                .await?;
        }
        Ok(())
    }

    async fn all_of(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<Vec<Media>> {
        let text = format!(
            "SELECT {COLUMNS} FROM media m WHERE m.owner_id = $1 ORDER BY m.id{}",
            dialect::for_update(tx)
        );
        read(rows(tx, &text, [owner.uuid().into()]).await?)
    }
}

fn uuids(ids: &[PictureId]) -> impl Iterator<Item = Uuid> {
    ids.iter().map(|id| id.uuid())
}

fn read(rows: Vec<MediaRow>) -> anyhow::Result<Vec<Media>> {
    rows.into_iter().map(Media::try_from).collect()
}
