//! What waits for the next mail, and the worker that sees to it.

use std::{sync::Arc, time::Duration};

use anyhow::anyhow;
use async_trait::async_trait;
use madang_application::{
    notifications::{Digest, DigestLine, DigestService},
    shared::{Tx, Worker, new_id},
};
use madang_domain::{
    notifications::Notification,
    shared::{Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::queries::{actor, count, shown};
use crate::sql::{dialect, execute, row, rows};

/// The pause after everybody was written to.
const PAUSE: Duration = Duration::from_secs(5);
/// More are not looked up for one mail.
const AT_ONCE: usize = 500;

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

pub(super) async fn wait(tx: &mut Tx, notification: &Notification, due: Timestamp) -> anyhow::Result<()> {
    let insert = "INSERT INTO notification_deliveries (id, user_id, channel, notification_id, due_at, attempts) \
                  VALUES ($1, $2, 'email', $3, $4, 0)";
    let values = [
        new_id::<()>().uuid().into(),
        notification.user.uuid().into(),
        notification.id.uuid().into(),
        due.micros().into(),
    ];
    execute(tx, insert, values).await?;
    Ok(())
}

pub(super) async fn due(tx: &mut Tx, now: Timestamp) -> anyhow::Result<Option<UserId>> {
    let select = format!(
        "SELECT user_id AS id FROM notification_deliveries WHERE channel = 'email' AND due_at <= $1 \
         ORDER BY due_at LIMIT 1{}",
        dialect::skip_locked(tx)
    );
    Ok(row::<Found>(tx, &select, [now.micros().into()]).await?.map(|found| found.id.into()))
}

/// What somebody is reminded of, of the notification `n`. Whoever was reminded of an event sees it.
pub(super) const TITLE: &str = "(SELECT CASE WHEN v.object_id IS NULL THEN o.title ELSE v.title END FROM calendar_objects o \
     LEFT JOIN calendar_overrides v ON v.object_id = o.id AND v.original_at = n.occurrence_at \
     WHERE o.id = n.event_id AND n.kind = 'reminder') AS title";

/// Two processes at once: the second waits for the rows of the first and finds them gone.
pub(super) async fn take(tx: &mut Tx, user: UserId) -> anyhow::Result<Option<Digest>> {
    #[derive(FromQueryResult)]
    struct Line {
        kind: String,
        count: i64,
        nickname: Option<String>,
        title: Option<String>,
    }
    #[derive(FromQueryResult)]
    struct Recipient {
        email: String,
        locale: String,
    }
    let delete = "DELETE FROM notification_deliveries WHERE user_id = $1 AND channel = 'email' \
                  RETURNING notification_id AS id";
    let waiting = rows::<Found>(tx, delete, [user.uuid().into()]).await?;
    let mut lines = Vec::new();
    for waiting in waiting.chunks(AT_ONCE) {
        let places: Vec<_> = (2..waiting.len() + 2).map(|place| format!("${place}")).collect();
        let select = format!(
            "SELECT n.kind, {} AS count, k.nickname, {TITLE} FROM notifications n \
             LEFT JOIN nicknames k ON k.user_id = {} AND n.actor_id <> n.user_id \
             WHERE n.user_id = $1 AND n.read_at IS NULL AND n.id IN ({}) AND {} ORDER BY n.id",
            count(),
            actor(),
            places.join(", "),
            shown()
        );
        let values =
            [Value::from(user.uuid())].into_iter().chain(waiting.iter().map(|found| found.id.into()));
        for line in rows::<Line>(tx, &select, values).await? {
            let kind = line.kind.parse().map_err(|()| anyhow!("kind {} of a notification", line.kind))?;
            lines.push(DigestLine { kind, actor: line.nickname, count: line.count, title: line.title });
        }
    }
    let select = "SELECT u.email, i.locale FROM users u JOIN user_info i ON i.user_id = u.id WHERE u.id = $1";
    let recipient = row::<Recipient>(tx, select, [user.uuid().into()]).await?;
    let recipient = recipient.filter(|_| !lines.is_empty());
    Ok(recipient.map(|recipient| Digest { address: recipient.email, locale: recipient.locale, lines }))
}

/// The worker that writes digests.
pub struct Postman {
    service: Arc<DigestService>,
}

impl Postman {
    /// Through the service.
    pub fn new(service: Arc<DigestService>) -> Self {
        Self { service }
    }
}

#[async_trait]
impl Worker for Postman {
    fn name(&self) -> &'static str {
        "postman"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            match self.service.write().await {
                Ok(true) if !stop.is_cancelled() => continue,
                Ok(_) => {}
                Err(failure) => tracing::warn!(%failure, "no digest could be written"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }
}
