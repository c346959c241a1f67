//! A row of `media`, and the picture it is.

use anyhow::anyhow;
use madang_domain::{
    media::{Kind, Media},
    shared::Timestamp,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The columns of [`MediaRow`], of the table `m`.
pub(super) const COLUMNS: &str = "m.id, m.owner_id, m.file_key, m.kind, m.small_kind, m.width, m.height, m.byte_size, \
    m.stored_bytes, m.blurhash, m.created_at";

#[derive(FromQueryResult)]
pub(super) struct MediaRow {
    id: Uuid,
    owner_id: Uuid,
    file_key: String,
    kind: String,
    small_kind: String,
    width: i64,
    height: i64,
    byte_size: i64,
    stored_bytes: i64,
    blurhash: String,
    created_at: i64,
}

impl TryFrom<MediaRow> for Media {
    type Error = anyhow::Error;

    fn try_from(row: MediaRow) -> anyhow::Result<Self> {
        let kind =
            |text: &str| text.parse::<Kind>().map_err(|()| anyhow!("kind {text} of picture {}", row.id));
        Ok(Self {
            id: row.id.into(),
            owner: row.owner_id.into(),
            kind: kind(&row.kind)?,
            small_kind: kind(&row.small_kind)?,
            key: row.file_key,
            width: row.width.try_into()?,
            height: row.height.try_into()?,
            byte_size: row.byte_size,
            stored_bytes: row.stored_bytes,
            blurhash: row.blurhash,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

/// `$first, $second, …`, as many as there are values, for `IN (…)`.
pub(super) fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
