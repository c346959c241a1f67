//! An open transaction.

use std::{fmt::Write, sync::Arc};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{Claim, Envelope, OnceKey, Session};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    broken, dialect,
    errands::{Errand, together},
    errors::is_lock_timeout,
    store::Shared,
};

/// A transaction of a [`super::SqlStore`]; dropping it rolls back.
pub struct SqlSession {
    transaction: DatabaseTransaction,
    shared: Arc<Shared>,
    errands: Vec<Errand>,
}

impl SqlSession {
    pub(super) fn new(transaction: DatabaseTransaction, shared: Arc<Shared>) -> Self {
        Self { transaction, shared, errands: Vec::new() }
    }

    /// For SeaORM's entities.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Leaves a statement for [`Self::run_errands`].
    pub(super) fn leave(&mut self, text: String, values: Vec<Value>) {
        self.errands.push(Errand { text, values });
    }

    /// Runs what was left for later.
    pub(super) async fn run_errands(&mut self) -> Result<(), DbErr> {
        let mut errands = std::mem::take(&mut self.errands);
        if dialect::joins_writes(&self.transaction) {
            errands = together(errands);
        }
        for Errand { text, values } in errands {
            let statement = dialect::statement(&self.transaction, &text, values);
            self.transaction.execute_raw(statement).await?;
        }
        Ok(())
    }

    async fn execute(&mut self, text: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        self.run_errands().await?;
        let statement = dialect::statement(&self.transaction, text, values);
        Ok(self.transaction.execute_raw(statement).await?.rows_affected())
    }

    /// Leaves the events and one delivery per subscriber to be written; says whether anything is to deliver.
    fn leave_outbox(&mut self, events: Vec<Envelope>) -> anyhow::Result<bool> {
        let now: Value = self.shared.clock.now().micros().into();
        let (mut outbox, mut deliveries) = (Vec::new(), Vec::new());
        for event in events {
            let id = Uuid::now_v7();
            let listeners = self.shared.listeners.get().and_then(|listeners| listeners.get(event.name));
            for subscriber in listeners.into_iter().flatten() {
                deliveries.push([Uuid::now_v7().into(), id.into(), (*subscriber).into(), now.clone()]);
            }
            outbox.push([id.into(), event.name.into(), event.payload.into(), now.clone()]);
        }
        let due = !deliveries.is_empty();
        self.leave_rows("INSERT INTO outbox (id, event, payload, created_at) VALUES ", &outbox)?;
        self.leave_rows(
            "INSERT INTO outbox_deliveries (id, event_id, subscriber, due_at) VALUES ",
            &deliveries,
        )?;
        Ok(due)
    }

    /// All rows in one statement; in pieces, because SQLite takes 32,766 values at most.
    fn leave_rows(&mut self, head: &str, rows: &[[Value; 4]]) -> anyhow::Result<()> {
        for piece in rows.chunks(5_000) {
            let mut text = head.to_owned();
            for row in 0..piece.len() {
                let first = row * 4 + 1;
                let comma = if row == 0 { "" } else { ", " };
                write!(text, "{comma}(${first}, ${}, ${}, ${})", first + 1, first + 2, first + 3)?;
            }
            self.leave(text, piece.iter().flatten().cloned().collect());
        }
        Ok(())
    }
}

#[async_trait]
impl Session for SqlSession {
    async fn commit(mut self: Box<Self>, events: Vec<Envelope>) -> anyhow::Result<()> {
        let due = self.leave_outbox(events)?;
        self.run_errands().await.map_err(broken)?;
        self.transaction.commit().await.map_err(broken)?;
        if due {
            self.shared.delivery_due.notify_one();
        }
        Ok(())
    }

    /// A twin that has not ended yet holds the row: Postgres waits for it inside the insert (up
    /// to the connection's lock timeout), SQLite waited when this transaction began.
    async fn claim(&mut self, key: &OnceKey) -> anyhow::Result<Claim> {
        let inserted = self
            .execute(
                "INSERT INTO idempotency_keys (actor, route, key, fingerprint, created_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (actor, route, key) DO NOTHING",
                vec![
                    key.actor.as_str().into(),
                    key.route.as_str().into(),
                    key.key.as_str().into(),
                    key.fingerprint.to_vec().into(),
                    self.shared.clock.now().micros().into(),
                ],
            )
            .await;
        match inserted {
            Ok(0) => self.claimed_before(key).await,
            Ok(_) => Ok(Claim::Fresh),
            Err(error) if is_lock_timeout(&error) => Ok(Claim::Busy),
            Err(error) => Err(broken(error)),
        }
    }

    async fn settle(&mut self, key: &OnceKey, result: &str) -> anyhow::Result<()> {
        let sealed = self.shared.sealer.seal(result.as_bytes());
        let text = "UPDATE idempotency_keys SET result = $4 WHERE actor = $1 AND route = $2 AND key = $3";
        let mut values = name(key).to_vec();
        values.push(sealed.into());
        self.leave(text.to_owned(), values);
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Claimed {
    fingerprint: Vec<u8>,
    result: Option<Vec<u8>>,
}

impl SqlSession {
    async fn claimed_before(&self, key: &OnceKey) -> anyhow::Result<Claim> {
        let text =
            "SELECT fingerprint, result FROM idempotency_keys WHERE actor = $1 AND route = $2 AND key = $3";
        let statement = dialect::statement(&self.transaction, text, name(key));
        let Some(found) = self.transaction.query_one_raw(statement).await.map_err(broken)? else {
            // Expired and swept between the two statements: the next attempt starts afresh.
            return Ok(Claim::Busy);
        };
        let claimed = Claimed::from_query_result(&found, "").map_err(broken)?;
        if claimed.fingerprint != key.fingerprint {
            return Ok(Claim::Reused);
        }
        // Without a result the first request was refused; its recorded answer is the one to give.
        let Some(sealed) = claimed.result else { return Ok(Claim::Busy) };
        let result =
            self.shared.sealer.open(&sealed).context("a recorded result was sealed with another key")?;
        Ok(Claim::Done(String::from_utf8(result)?))
    }
}

/// The values of `actor = $1 AND route = $2 AND key = $3`.
pub(super) fn name(key: &OnceKey) -> [Value; 3] {
    [key.actor.as_str().into(), key.route.as_str().into(), key.key.as_str().into()]
}
