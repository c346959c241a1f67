//! A table to play with: `installation_secrets`, a name and some bytes.

use madang_application::shared::Tx;
use madang_infrastructure::sql::{SqlStore, execute};
use sea_orm::FromQueryResult;

#[derive(Debug, FromQueryResult)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: Vec<u8>,
}

/// Inserts an entry; a second one of that name is an error.
pub(crate) async fn insert(tx: &mut Tx, name: &str) -> anyhow::Result<()> {
    let text = "INSERT INTO installation_secrets (name, value) VALUES ($1, $2)";
    execute(tx, text, [name.into(), b"\x00value\xff".to_vec().into()]).await?;
    Ok(())
}

/// All entries by name.
pub(crate) async fn entries(store: &SqlStore) -> Vec<Entry> {
    store.rows("SELECT name, value FROM installation_secrets ORDER BY name", []).await.expect("entries")
}

pub(crate) async fn names(store: &SqlStore) -> Vec<String> {
    entries(store).await.into_iter().map(|entry| entry.name).collect()
}
