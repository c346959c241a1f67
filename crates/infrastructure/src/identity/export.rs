//! What `identity` adds to an export.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::{Caller, ExportFile, ExportPart};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;
use uuid::Uuid;

use super::rows::{ACCOUNT, AccountRow};
use crate::sql::SqlStore;

/// The account, its sessions, its logins elsewhere, and what happened around it.
pub struct IdentityExport {
    store: Arc<SqlStore>,
}

impl IdentityExport {
    /// From this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }

    async fn account(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        let text = format!("SELECT {ACCOUNT} WHERE u.id = $1");
        let row: Option<AccountRow> = self.store.row(&text, [user.into()]).await?;
        let value = row.map(|row| {
            json!({
                "id": row.id, "email": row.email, "emailVerifiedAt": instant(row.email_verified_at),
                "provider": row.provider, "createdAt": instant(Some(row.created_at)), "nickname": row.nickname,
                "displayName": row.display_name, "name": row.name, "birthDate": row.birth_date, "sex": row.sex,
                "bio": row.bio, "phone": row.phone, "phoneVerifiedAt": instant(row.phone_verified_at),
                "address": row.address, "region": row.region, "avatarMediaId": row.avatar_id,
                "preferences": {
                    "theme": row.theme, "locale": row.locale, "timeZone": row.time_zone,
                    "weekStart": row.week_start,
                },
            })
        });
        ExportFile::json("account.json", &value)
    }

    async fn sessions(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            address: String,
            user_agent: Option<String>,
            created_at: i64,
            rotated_at: i64,
            revoked_at: Option<i64>,
        }
        let text = "SELECT address, user_agent, created_at, rotated_at, revoked_at FROM sessions \
                    WHERE user_id = $1 ORDER BY created_at, id";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "address": row.address, "userAgent": row.user_agent,
                    "createdAt": instant(Some(row.created_at)), "lastUsedAt": instant(Some(row.rotated_at)),
                    "endedAt": instant(row.revoked_at),
                })
            })
            .collect();
        ExportFile::json("sessions.json", &value)
    }

    async fn identities(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            provider: String,
            subject: String,
            email: Option<String>,
            linked_at: i64,
            last_login_at: Option<i64>,
        }
        let text = "SELECT provider, subject, email, linked_at, last_login_at FROM social_identities \
                    WHERE user_id = $1 ORDER BY provider";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "provider": row.provider, "subject": row.subject, "email": row.email,
                    "linkedAt": instant(Some(row.linked_at)), "lastLoginAt": instant(row.last_login_at),
                })
            })
            .collect();
        ExportFile::json("linked-providers.json", &value)
    }

    async fn events(&self, user: Uuid) -> anyhow::Result<ExportFile> {
        #[derive(FromQueryResult)]
        struct Row {
            kind: String,
            network: Option<String>,
            created_at: i64,
        }
        // Without details: they may be an operator's words about the person.
        let text = "SELECT kind, network, created_at FROM security_events WHERE subject_id = $1 \
                    ORDER BY created_at, id";
        let rows: Vec<Row> = self.store.rows(text, [user.into()]).await?;
        let value: Vec<_> = rows
            .into_iter()
            .map(|row| {
                json!({ "kind": row.kind, "network": row.network, "at": instant(Some(row.created_at)) })
            })
            .collect();
        ExportFile::json("security-events.json", &value)
    }
}

fn instant(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

#[async_trait]
impl ExportPart for IdentityExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let user = caller.user.uuid();
        Ok(vec![
            self.account(user).await?,
            self.sessions(user).await?,
            self.identities(user).await?,
            self.events(user).await?,
        ])
    }
}
