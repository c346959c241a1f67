//! Devices, and what waits for them, in SQL.

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use madang_application::{
    notifications::{Device, DigestLine, Parcel, PushQueries, PushRepository, Subscribed, SubscriptionId},
    shared::Tx,
};
use madang_domain::shared::{Id, Timestamp, UserId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    notifications::{
        digest::TITLE,
        queries::{actor, count, shown},
    },
    sql::{SqlStore, dialect, execute, row, rows},
};

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[async_trait]
impl PushRepository for SqlStore {
    async fn subscribe(
        &self,
        tx: &mut Tx,
        user: UserId,
        id: SubscriptionId,
        device: &Device,
        at: Timestamp,
    ) -> anyhow::Result<SubscriptionId> {
        // A browser that somebody else uses now has the same address.
        let insert = "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth, created_at, \
                      expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (endpoint) DO UPDATE \
                      SET user_id = $2, p256dh = $4, auth = $5, expires_at = $7 RETURNING id";
        let values = [
            id.uuid().into(),
            user.uuid().into(),
            device.endpoint.as_str().into(),
            device.p256dh.clone().into(),
            device.auth.clone().into(),
            at.micros().into(),
            device.expires_at.map(Timestamp::micros).into(),
        ];
        Ok(row::<IdRow>(tx, insert, values).await?.context("a subscription was stored")?.id.into())
    }

    async fn count(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<u64> {
        let select = "SELECT count(*) AS n FROM push_subscriptions WHERE user_id = $1";
        let found = row::<Count>(tx, select, [user.uuid().into()]).await?;
        Ok(u64::try_from(found.map_or(0, |found| found.n))?)
    }

    async fn unsubscribe(&self, tx: &mut Tx, user: UserId, id: SubscriptionId) -> anyhow::Result<bool> {
        let delete = "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2";
        Ok(execute(tx, delete, [id.uuid().into(), user.uuid().into()]).await? > 0)
    }

    async fn lease(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        leased: Timestamp,
    ) -> anyhow::Result<Option<Option<Parcel>>> {
        #[derive(FromQueryResult)]
        struct Due {
            id: Uuid,
            user_id: Uuid,
            notification_id: Uuid,
            attempts: i64,
        }
        #[derive(FromQueryResult)]
        struct Line {
            kind: String,
            count: i64,
            nickname: Option<String>,
            locale: String,
            title: Option<String>,
        }
        let select = format!(
            "SELECT id, user_id, notification_id, attempts FROM notification_deliveries \
             WHERE channel = 'push' AND due_at <= $1 ORDER BY due_at LIMIT 1{}",
            dialect::skip_locked(tx)
        );
        let Some(due) = row::<Due>(tx, &select, [now.micros().into()]).await? else { return Ok(None) };
        let select = format!(
            "SELECT n.kind, {} AS count, k.nickname, i.locale, {TITLE} FROM notifications n \
             JOIN user_info i ON i.user_id = n.user_id \
             LEFT JOIN nicknames k ON k.user_id = {} AND n.actor_id <> n.user_id \
             WHERE n.user_id = $1 AND n.id = $2 AND n.read_at IS NULL AND {}",
            count(),
            actor(),
            shown()
        );
        let values = [due.user_id.into(), due.notification_id.into()];
        let Some(line) = row::<Line>(tx, &select, values).await? else {
            self.done(tx, due.id.into()).await?;
            return Ok(Some(None));
        };
        let update = "UPDATE notification_deliveries SET due_at = $2, attempts = attempts + 1 WHERE id = $1";
        execute(tx, update, [due.id.into(), leased.micros().into()]).await?;
        let kind = line.kind.parse().map_err(|()| anyhow!("kind {} of a notification", line.kind))?;
        Ok(Some(Some(Parcel {
            id: due.id.into(),
            user: due.user_id.into(),
            notification: due.notification_id.into(),
            line: DigestLine { kind, actor: line.nickname, count: line.count, title: line.title },
            locale: line.locale,
            attempts: due.attempts + 1,
        })))
    }

    async fn postpone(&self, tx: &mut Tx, id: Id<Parcel>, until: Timestamp) -> anyhow::Result<()> {
        let update = "UPDATE notification_deliveries SET due_at = $2 WHERE id = $1";
        execute(tx, update, [id.uuid().into(), until.micros().into()]).await?;
        Ok(())
    }

    async fn done(&self, tx: &mut Tx, id: Id<Parcel>) -> anyhow::Result<()> {
        execute(tx, "DELETE FROM notification_deliveries WHERE id = $1", [id.uuid().into()]).await?;
        Ok(())
    }

    async fn devices(
        &self,
        tx: &mut Tx,
        user: UserId,
        now: Timestamp,
    ) -> anyhow::Result<Vec<(SubscriptionId, Device)>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
            endpoint: String,
            p256dh: Vec<u8>,
            auth: Vec<u8>,
            expires_at: Option<i64>,
        }
        let select = "SELECT id, endpoint, p256dh, auth, expires_at FROM push_subscriptions WHERE user_id = $1 \
                      AND (expires_at IS NULL OR expires_at > $2) ORDER BY id";
        let found = rows::<Found>(tx, select, [user.uuid().into(), now.micros().into()]).await?;
        let devices = found.into_iter().map(|found| {
            let expires_at = found.expires_at.map(Timestamp::from_micros);
            let device =
                Device { endpoint: found.endpoint, p256dh: found.p256dh, auth: found.auth, expires_at };
            (found.id.into(), device)
        });
        Ok(devices.collect())
    }
}

#[async_trait]
impl PushQueries for SqlStore {
    async fn subscriptions(&self, user: UserId) -> anyhow::Result<Vec<Subscribed>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
            endpoint: String,
            created_at: i64,
        }
        let select =
            "SELECT id, endpoint, created_at FROM push_subscriptions WHERE user_id = $1 ORDER BY id DESC";
        let found = self.rows::<Found>(select, [user.uuid().into()]).await?;
        let subscribed = found.into_iter().map(|found| Subscribed {
            id: found.id.into(),
            endpoint: found.endpoint,
            created_at: Timestamp::from_micros(found.created_at),
        });
        Ok(subscribed.collect())
    }
}
