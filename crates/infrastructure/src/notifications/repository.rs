//! `NotificationRepository` in SQL.

use async_trait::async_trait;
use madang_application::{notifications::NotificationRepository, shared::Tx};
use madang_domain::{
    notifications::{Notification, NotificationId},
    shared::{Timestamp, UserId},
};
use sea_orm::Value;

use crate::sql::{SqlStore, execute};

#[async_trait]
impl NotificationRepository for SqlStore {
    async fn add(&self, tx: &mut Tx, notification: &Notification) -> anyhow::Result<()> {
        let insert = "INSERT INTO notifications (id, user_id, kind, actor_id, post_id, cause, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, cause) DO NOTHING";
        let values: [Value; 7] = [
            notification.id.uuid().into(),
            notification.user.uuid().into(),
            notification.kind.as_str().into(),
            notification.actor.uuid().into(),
            notification.post.into(),
            notification.cause.as_str().into(),
            notification.created_at.micros().into(),
        ];
        execute(tx, insert, values).await?;
        Ok(())
    }

    async fn read_some(
        &self,
        tx: &mut Tx,
        user: UserId,
        ids: &[NotificationId],
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let mut values: Vec<Value> = vec![user.uuid().into(), at.micros().into()];
        values.extend(ids.iter().map(|id| Value::from(id.uuid())));
        let places: Vec<_> = (3..=values.len()).map(|place| format!("${place}")).collect();
        let update = format!(
            "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND id IN ({})",
            places.join(", ")
        );
        execute(tx, &update, values).await?;
        Ok(())
    }

    async fn read_up_to(
        &self,
        tx: &mut Tx,
        user: UserId,
        newest: NotificationId,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let update =
            "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND id <= $3";
        execute(tx, update, [user.uuid().into(), at.micros().into(), newest.uuid().into()]).await?;
        Ok(())
    }

    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        let delete = "DELETE FROM notifications WHERE user_id = $1 OR actor_id = $1";
        execute(tx, delete, [user.uuid().into()]).await?;
        Ok(())
    }
}
