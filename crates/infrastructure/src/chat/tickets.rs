//! `Tickets` in SQL.

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::{
    chat::{Pass, Tickets},
    shared::Tx,
};
use madang_domain::shared::{Id, Timestamp};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{
    crypto::random_bytes,
    sql::{SqlStore, dialect, execute, row},
};

#[derive(FromQueryResult)]
struct Row {
    user_id: Uuid,
    session_id: Uuid,
    ends_at: i64,
}

/// SHA-256 is enough: 256 random bits cannot be tried out.
fn fingerprint(ticket: &str) -> Value {
    digest(&SHA256, ticket.as_bytes()).as_ref().to_vec().into()
}

#[async_trait]
impl Tickets for SqlStore {
    fn fresh(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>())
    }

    async fn keep(
        &self,
        tx: &mut Tx,
        ticket: &str,
        pass: &Pass,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> anyhow::Result<()> {
        let expired = "DELETE FROM realtime_tickets WHERE expires_at < $1";
        execute(tx, expired, [now.micros().into()]).await?;
        let insert = "INSERT INTO realtime_tickets (fingerprint, user_id, session_id, ends_at, expires_at) \
                      VALUES ($1, $2, $3, $4, $5)";
        let values = [
            fingerprint(ticket),
            pass.user.uuid().into(),
            pass.session.uuid().into(),
            pass.ends_at.micros().into(),
            expires_at.micros().into(),
        ];
        execute(tx, insert, values).await?;
        Ok(())
    }

    async fn take(&self, tx: &mut Tx, ticket: &str, now: Timestamp) -> anyhow::Result<Option<Pass>> {
        let select = format!(
            "SELECT user_id, session_id, ends_at FROM realtime_tickets WHERE fingerprint = $1 AND expires_at >= $2{}",
            dialect::for_update(tx)
        );
        let found = row::<Row>(tx, &select, [fingerprint(ticket), now.micros().into()]).await?;
        let Some(found) = found else { return Ok(None) };
        let delete = "DELETE FROM realtime_tickets WHERE fingerprint = $1";
        // Two at once: the second waits for the row and finds it gone.
        let mine = execute(tx, delete, [fingerprint(ticket)]).await? > 0;
        Ok(mine.then(|| Pass {
            user: found.user_id.into(),
            session: Id::new(found.session_id),
            ends_at: Timestamp::from_micros(found.ends_at),
        }))
    }
}
