//! The table in which messages wait.
//!
//! They carry codes that open accounts, so they are sealed: a copy of the database does not tell
//! them, and what was sent is deleted.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{Clock, Outgoing, OutgoingMessages, Sealer, Tx};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::{SqlStore, execute};

/// The messages that wait, in SQL.
pub struct MessageQueue {
    store: Arc<SqlStore>,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
}

/// A message this process may send, until its lease ends.
pub(super) struct Leased {
    pub(super) id: Uuid,
    pub(super) attempts: i64,
    pub(super) message: Outgoing,
}

impl MessageQueue {
    /// Wires it.
    pub fn new(store: Arc<SqlStore>, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Self {
        Self { store, sealer, clock }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Takes up to `most` messages that are due. Of processes that want the same one, exactly one
    /// gets it: the update of `attempts` decides.
    pub(super) async fn lease(&self, most: i64, lease: Duration) -> anyhow::Result<Vec<Leased>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            sealed: Vec<u8>,
            attempts: i64,
        }
        let now = self.now();
        let due = "SELECT id, sealed, attempts FROM outgoing_messages WHERE due_at <= $1 \
                   ORDER BY due_at, id LIMIT $2";
        let rows: Vec<Row> = self.store.rows(due, [now.micros().into(), most.into()]).await?;
        let mut leased = Vec::new();
        for row in rows {
            let take = "UPDATE outgoing_messages SET attempts = attempts + 1, due_at = $3 \
                        WHERE id = $1 AND attempts = $2";
            let values = [row.id.into(), row.attempts.into(), now.plus(lease).micros().into()];
            if self.store.execute(take, values).await? > 0 {
                let plain = self.sealer.open(&row.sealed).context("a message sealed with another secret")?;
                let message = serde_json::from_slice(&plain).context("a waiting message")?;
                leased.push(Leased { id: row.id, attempts: row.attempts + 1, message });
            }
        }
        Ok(leased)
    }

    /// It is sent, or was for nobody.
    pub(super) async fn done(&self, id: Uuid) -> anyhow::Result<()> {
        self.store.execute("DELETE FROM outgoing_messages WHERE id = $1", [id.into()]).await?;
        Ok(())
    }

    /// It failed, and is due again after a while.
    pub(super) async fn postpone(&self, id: Uuid, wait: Duration, error: &str) -> anyhow::Result<()> {
        let text = "UPDATE outgoing_messages SET due_at = $2, last_error = $3 WHERE id = $1";
        let due = self.now().plus(wait);
        self.store.execute(text, [id.into(), due.micros().into(), error.into()]).await?;
        Ok(())
    }

    /// Drops what came too late to be of use; says how many.
    pub(super) async fn drop_expired(&self) -> anyhow::Result<u64> {
        let text = "DELETE FROM outgoing_messages WHERE expires_at <= $1";
        self.store.execute(text, [self.now().micros().into()]).await
    }
}

#[async_trait]
impl OutgoingMessages for MessageQueue {
    async fn put(&self, tx: &mut Tx, message: &Outgoing, life: Duration) -> anyhow::Result<()> {
        let now = self.now();
        let sealed = self.sealer.seal(&serde_json::to_vec(message)?);
        let text = "INSERT INTO outgoing_messages (id, sealed, due_at, expires_at, created_at) \
                    VALUES ($1, $2, $3, $4, $3)";
        let values =
            [Uuid::now_v7().into(), sealed.into(), now.micros().into(), now.plus(life).micros().into()];
        execute(tx, text, values).await?;
        Ok(())
    }
}
