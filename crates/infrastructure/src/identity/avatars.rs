//! The pictures people are known by.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::{PictureWall, Tx};
use madang_domain::shared::{PictureId, UserId};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::sql::{SqlStore, rows};

#[derive(FromQueryResult)]
struct Row {
    avatar_id: Uuid,
}

/// Profiles as a place where pictures hang: everybody may see those.
pub struct Avatars {
    store: Arc<SqlStore>,
}

impl Avatars {
    /// Of this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl PictureWall for Avatars {
    async fn hanging(&self, tx: &mut Tx, pictures: &[PictureId]) -> anyhow::Result<Vec<PictureId>> {
        let places: Vec<_> = (1..=pictures.len()).map(|place| format!("${place}")).collect();
        let text =
            format!("SELECT i.avatar_id FROM user_info i WHERE i.avatar_id IN ({})", places.join(", "));
        let found: Vec<Row> = rows(tx, &text, pictures.iter().map(|id| Value::from(id.uuid()))).await?;
        Ok(found.into_iter().map(|row| row.avatar_id.into()).collect())
    }

    async fn shows(&self, _: Option<UserId>, picture: PictureId) -> anyhow::Result<bool> {
        let text = "SELECT i.avatar_id FROM user_info i WHERE i.avatar_id = $1 LIMIT 1";
        Ok(self.store.row::<Row>(text, [picture.uuid().into()]).await?.is_some())
    }
}
