//! Login sessions, for changing.

use std::net::IpAddr;

use async_trait::async_trait;
use madang_application::{
    identity::{
        SessionRepository,
        ports::{KnownToken, NewToken, Which},
    },
    shared::Tx,
};
use madang_domain::{
    identity::LoginSession,
    shared::{Id, SessionId, Timestamp},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::rows::TokenRow;
use crate::sql::{SqlStore, execute, row, rows};

#[async_trait]
impl SessionRepository for SqlStore {
    async fn insert(
        &self,
        tx: &mut Tx,
        session: &LoginSession,
        token: &NewToken,
        address: IpAddr,
        user_agent: Option<&str>,
    ) -> anyhow::Result<()> {
        execute(
            tx,
            "INSERT INTO sessions (id, user_id, live, parent, live_token, rotated_at, refresh_expires_at, \
             expires_at, address, user_agent, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $6)",
            [
                session.id.uuid().into(),
                session.user.uuid().into(),
                session.live.into(),
                session.parent.into(),
                token.sealed.clone().into(),
                session.rotated_at.micros().into(),
                session.refresh_expires_at.micros().into(),
                session.expires_at.micros().into(),
                address.to_string().into(),
                user_agent.map(str::to_owned).into(),
            ],
        )
        .await?;
        remember(tx, session, token).await
    }

    async fn find_token(&self, tx: &mut Tx, fingerprint: &[u8; 32]) -> anyhow::Result<Option<KnownToken>> {
        let found: Option<TokenRow> = row(
            tx,
            "SELECT s.id, s.user_id, s.live, s.parent, s.live_token, s.rotated_at, s.refresh_expires_at, \
             s.expires_at, s.revoked_at, t.number FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id \
             WHERE t.fingerprint = $1",
            [fingerprint.to_vec().into()],
        )
        .await?;
        Ok(found.map(|row| KnownToken {
            session: LoginSession::from(&row),
            number: row.number,
            live_token: row.live_token,
        }))
    }

    /// `live` is a counter and only this statement moves it, so of all who saw the same value
    /// exactly one changes the row.
    async fn rotate(
        &self,
        tx: &mut Tx,
        live: i64,
        next: &LoginSession,
        token: &NewToken,
    ) -> anyhow::Result<bool> {
        let changed = execute(
            tx,
            "UPDATE sessions SET live = $3, parent = $4, live_token = $5, rotated_at = $6, \
             refresh_expires_at = $7 WHERE id = $1 AND live = $2 AND revoked_at IS NULL",
            [
                next.id.uuid().into(),
                live.into(),
                next.live.into(),
                next.parent.into(),
                token.sealed.clone().into(),
                next.rotated_at.micros().into(),
                next.refresh_expires_at.micros().into(),
            ],
        )
        .await?;
        if changed > 0 {
            remember(tx, next, token).await?;
        }
        Ok(changed > 0)
    }

    async fn revoke(
        &self,
        tx: &mut Tx,
        which: Which,
        now: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<Vec<SessionId>> {
        #[derive(FromQueryResult)]
        struct Ended {
            id: Uuid,
        }
        let (user, condition, session) = match which {
            Which::One(user, session) => (user, " AND id = $3", Some(session)),
            Which::All(user) => (user, "", None),
            Which::Others(user, session) => (user, " AND id <> $3", Some(session)),
        };
        let text = format!(
            "UPDATE sessions SET revoked_at = $2, live_token = NULL \
             WHERE user_id = $1 AND revoked_at IS NULL{condition} RETURNING id"
        );
        let mut values: Vec<Value> = vec![user.uuid().into(), now.micros().into()];
        values.extend(session.map(|session| session.uuid().into()));
        let ended: Vec<Ended> = rows(tx, &text, values).await?;
        for Ended { id } in &ended {
            let text = "INSERT INTO revoked_sessions (session_id, revoked_at, until) VALUES ($1, $2, $3) \
                        ON CONFLICT (session_id) DO NOTHING";
            execute(tx, text, [(*id).into(), now.micros().into(), until.micros().into()]).await?;
        }
        Ok(ended.into_iter().map(|row| Id::new(row.id)).collect())
    }
}

async fn remember(tx: &mut Tx, session: &LoginSession, token: &NewToken) -> anyhow::Result<()> {
    let text = "INSERT INTO refresh_tokens (fingerprint, session_id, number) VALUES ($1, $2, $3)";
    let values = [token.fingerprint.to_vec().into(), session.id.uuid().into(), session.live.into()];
    execute(tx, text, values).await?;
    Ok(())
}
