//! Logins under way at providers, and links to them.

use anyhow::Context;
use async_trait::async_trait;
use madang_application::{
    identity::{
        ports::Written,
        social::{
            Application, CHECK_EVERY, DueLink, IdentityView, Link, Linked, Login, Round, SocialQueries,
            SocialRepository, Transaction, WaysIn, ports::SealedToken,
        },
    },
    shared::Tx,
};
use madang_domain::{
    identity::{
        Account, Email,
        social::{Holder, ProviderPerson, Subject},
    },
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::accounts::{ADD_INFO, claim, info};
use crate::sql::{SqlStore, dialect, execute, row, rows};

#[derive(FromQueryResult)]
struct RoundRow {
    provider: String,
    redirect_uri: String,
    sealed: Vec<u8>,
    user_id: Option<Uuid>,
    browser: Vec<u8>,
    in_browser: bool,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct UserRow {
    user_id: Uuid,
}

/// Stands in `email_normal` of accounts that do not own their address. No address looks like it.
fn nobodys(user: UserId) -> String {
    format!("!{user}")
}

fn key(subject: &Subject) -> [Value; 3] {
    [subject.provider.as_str().into(), subject.client.as_str().into(), subject.key.as_str().into()]
}

#[async_trait]
impl SocialRepository for SqlStore {
    async fn begin(&self, tx: &mut Tx, state: &[u8; 32], transaction: &Transaction) -> anyhow::Result<()> {
        let text = "INSERT INTO oauth_transactions (state, provider, redirect_uri, sealed, user_id, browser, \
                    in_browser, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let values = [
            state.to_vec().into(),
            transaction.provider.as_str().into(),
            transaction.redirect_uri.as_str().into(),
            transaction.sealed.clone().into(),
            transaction.user.map(|user| user.uuid()).into(),
            transaction.browser.to_vec().into(),
            transaction.in_browser.into(),
            transaction.created_at.micros().into(),
            transaction.expires_at.micros().into(),
        ];
        execute(tx, text, values).await?;
        // The few that are over are swept up by those that come.
        let text = "DELETE FROM oauth_transactions WHERE state IN \
                    (SELECT state FROM oauth_transactions WHERE expires_at < $1 ORDER BY expires_at LIMIT 10)";
        execute(tx, text, [transaction.created_at.micros().into()]).await?;
        Ok(())
    }

    async fn round(&self, tx: &mut Tx, state: &[u8; 32]) -> anyhow::Result<Option<Round>> {
        let text = "SELECT provider, redirect_uri, sealed, user_id, browser, in_browser, created_at, \
                    expires_at, used_at FROM oauth_transactions WHERE state = $1";
        let found: Option<RoundRow> = row(tx, text, [state.to_vec().into()]).await?;
        found.map(Round::try_from).transpose()
    }

    async fn take(&self, tx: &mut Tx, state: &[u8; 32], now: Timestamp) -> anyhow::Result<bool> {
        let text = "UPDATE oauth_transactions SET used_at = $2 WHERE state = $1 AND used_at IS NULL \
                    AND expires_at > $2";
        Ok(execute(tx, text, [state.to_vec().into(), now.micros().into()]).await? > 0)
    }

    async fn find(&self, tx: &mut Tx, subject: &Subject) -> anyhow::Result<Option<Login>> {
        let text =
            "SELECT user_id FROM social_identities WHERE provider = $1 AND client = $2 AND subject = $3";
        let found: Option<UserRow> = row(tx, text, key(subject)).await?;
        Ok(found.map(|row| Login { user: Id::new(row.user_id) }))
    }

    async fn holder(&self, tx: &mut Tx, email: &Email) -> anyhow::Result<Option<Holder>> {
        #[derive(FromQueryResult)]
        struct HolderRow {
            id: Uuid,
            email_verified_at: Option<i64>,
        }
        let text = format!(
            "SELECT id, email_verified_at FROM users WHERE email_normal = $1{}",
            dialect::for_update(tx)
        );
        let found: Option<HolderRow> = row(tx, &text, [email.normal().into()]).await?;
        Ok(found.map(|row| Holder { user: Id::new(row.id), proven: row.email_verified_at.is_some() }))
    }

    async fn dispossess(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        let text = "UPDATE users SET email_normal = $2, password_hash = NULL, version = version + 1 \
                    WHERE id = $1 AND email_verified_at IS NULL";
        execute(tx, text, [user.uuid().into(), nobodys(user).into()]).await?;
        tracing::info!(%user, "an unproven address went to somebody who proved it");
        Ok(())
    }

    async fn possess(&self, tx: &mut Tx, user: UserId, email: &Email) -> anyhow::Result<()> {
        let text = "UPDATE users SET email_normal = $2 WHERE id = $1";
        execute(tx, text, [user.uuid().into(), email.normal().into()]).await?;
        Ok(())
    }

    async fn add(
        &self,
        tx: &mut Tx,
        account: &Account,
        provider: &str,
        owns_address: bool,
    ) -> anyhow::Result<Written> {
        let normal = if owns_address { account.email.normal() } else { nobodys(account.id) };
        let text = "INSERT INTO users (id, email, email_normal, email_verified_at, provider, status, is_admin, \
                    version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let values = [
            account.id.uuid().into(),
            account.email.as_str().into(),
            normal.into(),
            account.email_verified_at.map(Timestamp::micros).into(),
            provider.into(),
            account.status.name().into(),
            account.is_admin.into(),
            account.version.into(),
            account.created_at.micros().into(),
        ];
        if execute(tx, text, values).await? == 0 {
            return Ok(Written::EmailTaken);
        }
        if !claim(tx, account).await? {
            // Another nickname will be tried within this transaction.
            execute(tx, "DELETE FROM users WHERE id = $1", [account.id.uuid().into()]).await?;
            return Ok(Written::NicknameTaken);
        }
        execute(tx, ADD_INFO, info(account)).await?;
        Ok(Written::Done)
    }

    async fn link(
        &self,
        tx: &mut Tx,
        user: UserId,
        person: &ProviderPerson,
        now: Timestamp,
    ) -> anyhow::Result<Linked> {
        let text = "INSERT INTO social_identities (provider, client, subject, user_id, email, email_proven, \
                    linked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let [provider, client, subject] = key(&person.subject);
        let email = person.email.as_ref().map(|email| email.as_str().to_owned());
        let values = [
            provider,
            client,
            subject,
            user.uuid().into(),
            email.into(),
            person.email_proven.into(),
            now.micros().into(),
        ];
        Ok(if execute(tx, text, values).await? > 0 { Linked::Done } else { Linked::Taken })
    }

    async fn seen(
        &self,
        tx: &mut Tx,
        person: &ProviderPerson,
        token: Option<&SealedToken>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let text = "UPDATE social_identities SET email = COALESCE($4, email), email_proven = $5, \
                    last_login_at = $6, unlinked_at = NULL, denials = 0, check_at = $9, \
                    token = CASE WHEN $8 OR NOT token_lasts THEN COALESCE($7, token) ELSE token END, \
                    token_lasts = (token_lasts OR $8) \
                    WHERE provider = $1 AND client = $2 AND subject = $3";
        let [provider, client, subject] = key(&person.subject);
        let email = person.email.as_ref().map(|email| email.as_str().to_owned());
        let values = [
            provider,
            client,
            subject,
            email.into(),
            person.email_proven.into(),
            now.micros().into(),
            token.map(|token| token.sealed.clone()).into(),
            token.is_some_and(|token| token.lasts).into(),
            now.plus(CHECK_EVERY).micros().into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn links(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Vec<Link>> {
        #[derive(FromQueryResult)]
        struct LinkRow {
            provider: String,
            client: String,
            subject: String,
            token: Option<Vec<u8>>,
        }
        let text = "SELECT provider, client, subject, token FROM social_identities \
                    WHERE user_id = $1 AND unlinked_at IS NULL ORDER BY provider";
        let found: Vec<LinkRow> = rows(tx, text, [user.uuid().into()]).await?;
        Ok(found
            .into_iter()
            .map(|row| Link {
                subject: Subject { provider: row.provider, client: row.client, key: row.subject },
                token: row.token,
            })
            .collect())
    }

    async fn ways_in(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<WaysIn> {
        #[derive(FromQueryResult)]
        struct ProviderRow {
            provider: String,
        }
        #[derive(FromQueryResult)]
        struct PasswordRow {
            #[expect(dead_code, reason = "its being there is the answer")]
            id: Uuid,
        }
        let text = "SELECT id FROM users WHERE id = $1 AND password_hash IS NOT NULL";
        let password: Option<PasswordRow> = row(tx, text, [user.uuid().into()]).await?;
        let text = "SELECT provider FROM social_identities WHERE user_id = $1 AND unlinked_at IS NULL";
        let found: Vec<ProviderRow> = rows(tx, text, [user.uuid().into()]).await?;
        let providers = found.into_iter().map(|row| row.provider).collect();
        Ok(WaysIn { password: password.is_some(), providers })
    }

    async fn unlink(&self, tx: &mut Tx, user: UserId, provider: &str) -> anyhow::Result<bool> {
        let text = "DELETE FROM social_identities WHERE user_id = $1 AND provider = $2";
        Ok(execute(tx, text, [user.uuid().into(), provider.into()]).await? > 0)
    }

    async fn unlink_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<u64> {
        execute(tx, "DELETE FROM social_identities WHERE user_id = $1", [user.uuid().into()]).await
    }

    async fn suspend(&self, tx: &mut Tx, subject: &Subject, now: Timestamp) -> anyhow::Result<()> {
        let text = "UPDATE social_identities SET unlinked_at = $4, token = NULL, token_lasts = false \
                    WHERE provider = $1 AND client = $2 AND subject = $3 AND unlinked_at IS NULL";
        let [provider, client, subject] = key(subject);
        execute(tx, text, [provider, client, subject, now.micros().into()]).await?;
        Ok(())
    }

    async fn due_links(
        &self,
        tx: &mut Tx,
        application: &Application,
        now: Timestamp,
        again: Timestamp,
        most: i64,
    ) -> anyhow::Result<Vec<DueLink>> {
        #[derive(FromQueryResult)]
        struct DueRow {
            provider: String,
            client: String,
            subject: String,
            token: Option<Vec<u8>>,
            denials: i64,
        }
        // Whoever waited for another process finds that it is no longer due.
        let text = "UPDATE social_identities SET check_at = $4 \
                    WHERE check_at <= $3 AND unlinked_at IS NULL AND token_lasts \
                    AND (provider, client, subject) IN (SELECT provider, client, subject \
                    FROM social_identities WHERE provider = $1 AND client = $2 AND check_at <= $3 \
                    AND unlinked_at IS NULL AND token_lasts ORDER BY check_at LIMIT $5) \
                    RETURNING provider, client, subject, token, denials";
        let values = [
            application.provider.as_str().into(),
            application.client.as_str().into(),
            now.micros().into(),
            again.micros().into(),
            most.into(),
        ];
        let found: Vec<DueRow> = rows(tx, text, values).await?;
        let due = |row: DueRow| {
            let subject = Subject { provider: row.provider, client: row.client, key: row.subject };
            Some(DueLink { subject, token: row.token?, denials: row.denials })
        };
        Ok(found.into_iter().filter_map(due).collect())
    }

    async fn asked_about(
        &self,
        tx: &mut Tx,
        subject: &Subject,
        again: Timestamp,
        denials: i64,
        next: Timestamp,
    ) -> anyhow::Result<bool> {
        let text = "UPDATE social_identities SET denials = $5, check_at = $6 \
                    WHERE provider = $1 AND client = $2 AND subject = $3 AND check_at = $4 \
                    AND unlinked_at IS NULL";
        let [provider, client, subject] = key(subject);
        let values = [provider, client, subject, again.micros().into(), denials.into(), next.micros().into()];
        Ok(execute(tx, text, values).await? > 0)
    }
}

impl TryFrom<RoundRow> for Round {
    type Error = anyhow::Error;

    fn try_from(row: RoundRow) -> anyhow::Result<Self> {
        let browser = row.browser.as_slice().try_into();
        let transaction = Transaction {
            provider: row.provider,
            redirect_uri: row.redirect_uri,
            sealed: row.sealed,
            user: row.user_id.map(Id::new),
            browser: browser.context("oauth_transactions.browser")?,
            in_browser: row.in_browser,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        };
        Ok(Self { transaction, used_at: row.used_at.map(Timestamp::from_micros) })
    }
}

#[derive(FromQueryResult)]
struct IdentityRow {
    provider: String,
    email: Option<String>,
    linked_at: i64,
    last_login_at: Option<i64>,
}

#[async_trait]
impl SocialQueries for SqlStore {
    async fn identities(&self, user: UserId) -> anyhow::Result<Vec<IdentityView>> {
        let text = "SELECT provider, email, linked_at, last_login_at FROM social_identities \
                    WHERE user_id = $1 AND unlinked_at IS NULL ORDER BY provider";
        let rows: Vec<IdentityRow> = self.rows(text, [user.uuid().into()]).await?;
        Ok(rows
            .into_iter()
            .map(|row| IdentityView {
                provider: row.provider,
                email: row.email,
                linked_at: Timestamp::from_micros(row.linked_at),
                last_login_at: row.last_login_at.map(Timestamp::from_micros),
            })
            .collect())
    }

    async fn is_linked(&self, subject: &Subject) -> anyhow::Result<bool> {
        let text = "SELECT user_id FROM social_identities \
                    WHERE provider = $1 AND client = $2 AND subject = $3 AND unlinked_at IS NULL";
        let found: Vec<UserRow> = self.rows(text, key(subject)).await?;
        Ok(!found.is_empty())
    }
}
