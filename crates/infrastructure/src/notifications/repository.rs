//! `NotificationRepository` in SQL.

use async_trait::async_trait;
use madang_application::{
    notifications::{Digest, NotificationRepository, Unread, UpTo},
    shared::{Tx, new_id},
};
use madang_domain::{
    notifications::{NoticeSettings, Notification, NotificationId, NotificationKind},
    shared::{Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    digest,
    settings::{self, ChoiceRow, SettingsRow},
};
use crate::sql::{SqlStore, dialect, execute, row, rows};

/// More messages are not counted at once.
const COUNT_MESSAGES: i64 = 100;

#[derive(FromQueryResult)]
struct MessageId {
    #[expect(dead_code, reason = "that there is one says enough")]
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Group {
    group_id: Option<Uuid>,
}

#[async_trait]
impl NotificationRepository for SqlStore {
    async fn add(&self, tx: &mut Tx, notification: &Notification, in_app: bool) -> anyhow::Result<bool> {
        let actor = notification.actor.unwrap_or(notification.user);
        let first = "INSERT INTO notification_causes (user_id, cause, actor_id, told_as, times) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (user_id, cause) DO NOTHING";
        let cause = || [notification.user.uuid().into(), notification.cause.as_str().into()];
        let [user, name] = cause();
        let times = notification.times.into();
        let values = [user, name, actor.uuid().into(), notification.id.uuid().into(), times];
        if execute(tx, first, values).await? == 0 {
            return Ok(false);
        }
        // A group that is unread takes it in, and moves to the top as something new.
        let insert = "INSERT INTO notifications (id, user_id, kind, actor_id, post_id, room_id, event_id, cause, \
                      group_key, created_at, in_app, group_id, occurrence_at, count) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $1, $12, $13) \
                      ON CONFLICT (user_id, group_key) WHERE read_at IS NULL AND group_key IS NOT NULL \
                      DO UPDATE SET id = $1, actor_id = $4, cause = $8, created_at = $10, \
                      in_app = $11, count = notifications.count + $13 \
                      RETURNING group_id";
        let (post, room, event) = notification.about.parts();
        let values: [Value; 13] = [
            notification.id.uuid().into(),
            notification.user.uuid().into(),
            notification.kind.as_str().into(),
            actor.uuid().into(),
            post.into(),
            room.into(),
            event.into(),
            notification.cause.as_str().into(),
            notification.group().into(),
            notification.created_at.micros().into(),
            in_app.into(),
            notification.about.occurrence().into(),
            notification.times.into(),
        ];
        let group = row::<Group>(tx, insert, values).await?.and_then(|group| group.group_id);
        let update = "UPDATE notification_causes SET group_id = $3 WHERE user_id = $1 AND cause = $2";
        let [user, name] = cause();
        execute(tx, update, [user, name, group.into()]).await?;
        Ok(true)
    }

    async fn settings(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<NoticeSettings> {
        let head = row::<SettingsRow>(tx, settings::HEAD, [user.uuid().into()]).await?;
        let choices = rows::<ChoiceRow>(tx, settings::CHOICES, [user.uuid().into()]).await?;
        settings::assemble(head, choices)
    }

    async fn save_settings(
        &self,
        tx: &mut Tx,
        user: UserId,
        settings: &NoticeSettings,
    ) -> anyhow::Result<bool> {
        settings::save(tx, user, settings).await
    }

    async fn wait_for_mail(
        &self,
        tx: &mut Tx,
        notification: &Notification,
        due: Timestamp,
    ) -> anyhow::Result<()> {
        digest::wait(tx, notification, due).await
    }

    async fn wait_for_push(
        &self,
        tx: &mut Tx,
        notification: &Notification,
        due: Timestamp,
    ) -> anyhow::Result<()> {
        let insert = "INSERT INTO notification_deliveries (user_id, id, channel, notification_id, due_at, attempts) \
                      SELECT $1, $2, 'push', $3, $4, 0 \
                      WHERE EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = $1)";
        let values = [
            notification.user.uuid().into(),
            new_id::<()>().uuid().into(),
            notification.id.uuid().into(),
            due.micros().into(),
        ];
        execute(tx, insert, values).await?;
        Ok(())
    }

    async fn due_for_mail(&self, tx: &mut Tx, now: Timestamp) -> anyhow::Result<Option<UserId>> {
        digest::due(tx, now).await
    }

    async fn take_digest(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<Digest>> {
        digest::take(tx, user).await
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

    async fn unread(
        &self,
        tx: &mut Tx,
        user: UserId,
        room: Uuid,
        after: i64,
        seq: i64,
    ) -> anyhow::Result<Vec<Unread>> {
        // The lock that reading takes, too: whoever reads meanwhile is heard of after this is told.
        #[derive(FromQueryResult)]
        struct Mark {
            read_seq: i64,
        }
        let select = format!(
            "SELECT read_seq FROM room_members WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL{}",
            dialect::for_change(tx)
        );
        let Some(mark) = row::<Mark>(tx, &select, [room.into(), user.uuid().into()]).await? else {
            return Ok(Vec::new());
        };
        #[derive(FromQueryResult)]
        struct Found {
            sender_id: Uuid,
            n: i64,
            seq: i64,
        }
        let select = "SELECT w.sender_id, count(*) AS n, max(w.seq) AS seq FROM (SELECT x.sender_id, x.seq FROM messages x \
                      WHERE x.room_id = $1 AND x.seq > $3 AND x.seq <= $4 AND x.sender_id <> $2 \
                      ORDER BY x.seq DESC LIMIT $5) AS w GROUP BY w.sender_id ORDER BY max(w.seq)";
        let values = [
            room.into(),
            user.uuid().into(),
            after.max(mark.read_seq).into(),
            seq.into(),
            COUNT_MESSAGES.into(),
        ];
        let found = rows::<Found>(tx, select, values).await?.into_iter();
        let unread =
            found.map(|found| Unread { sender: found.sender_id.into(), count: found.n, seq: found.seq });
        Ok(unread.collect())
    }

    async fn read_room(&self, tx: &mut Tx, user: UserId, room: Uuid, at: Timestamp) -> anyhow::Result<()> {
        // The lock that telling takes, too: what was told after the reading that this is about stays.
        #[derive(FromQueryResult)]
        struct Mark {
            read_seq: i64,
            told_seq: i64,
        }
        let select = format!(
            "SELECT read_seq, told_seq FROM room_members WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL{}",
            dialect::for_change(tx)
        );
        if let Some(mark) = row::<Mark>(tx, &select, [room.into(), user.uuid().into()]).await? {
            let select = "SELECT x.id FROM messages x WHERE x.room_id = $1 AND x.sender_id <> $2 AND x.seq > $3 \
                          AND x.seq <= $4 LIMIT 1";
            let values = [room.into(), user.uuid().into(), mark.read_seq.into(), mark.told_seq.into()];
            if row::<MessageId>(tx, select, values).await?.is_some() {
                return Ok(());
            }
        }
        let update = "UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND room_id = $2 \
                      AND kind = $4 AND read_at IS NULL";
        let kind = NotificationKind::Message.as_str();
        execute(tx, update, [user.uuid().into(), room.into(), at.micros().into(), kind.into()]).await?;
        Ok(())
    }

    async fn read_up_to(&self, tx: &mut Tx, user: UserId, newest: UpTo, at: Timestamp) -> anyhow::Result<()> {
        let (column, newest): (_, Value) = match newest {
            UpTo::Notification(id) => ("id", id.uuid().into()),
            UpTo::Instant(instant) => ("created_at", instant.micros().into()),
        };
        let update = format!(
            "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND {column} <= $3"
        );
        execute(tx, &update, [user.uuid().into(), at.micros().into(), newest]).await?;
        Ok(())
    }

    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        // What others did stays in the groups that this person is in.
        let leave = [
            "UPDATE notifications SET count = count - (SELECT CAST(COALESCE(sum(c.times), 0) AS bigint) FROM notification_causes c \
             WHERE c.group_id = notifications.group_id AND c.actor_id = $1) \
             WHERE user_id <> $1 AND group_id IN (SELECT c.group_id FROM notification_causes c WHERE c.actor_id = $1)",
            "UPDATE notifications SET actor_id = COALESCE((SELECT c.actor_id FROM notification_causes c \
             WHERE c.group_id = notifications.group_id AND c.actor_id <> $1 ORDER BY c.told_as DESC LIMIT 1), $1) \
             WHERE actor_id = $1 AND user_id <> $1",
        ];
        for update in leave {
            execute(tx, update, [user.uuid().into()]).await?;
        }
        let own = [
            "notification_settings",
            "notification_choices",
            "notification_deliveries",
            "push_subscriptions",
        ];
        for table in own {
            execute(tx, &format!("DELETE FROM {table} WHERE user_id = $1"), [user.uuid().into()]).await?;
        }
        for table in ["notifications", "notification_causes"] {
            let delete = format!("DELETE FROM {table} WHERE user_id = $1 OR actor_id = $1");
            execute(tx, &delete, [user.uuid().into()]).await?;
        }
        Ok(())
    }
}
