//! Who is present, who is away, and the worker that looks after them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    chat::{Waiting, WaitingService},
    shared::{Tx, Worker},
};
use madang_domain::{
    chat::RoomId,
    shared::{Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::places;
use crate::sql::{dialect, execute, row, rows};

/// The pause after everybody was looked after.
const PAUSE: Duration = Duration::from_secs(1);
/// More people are changed in several statements.
const AT_ONCE: usize = 500;

/// Sets one column of these members, and says nothing of how many there were.
async fn set(tx: &mut Tx, column: &str, room: RoomId, users: &[UserId], value: i64) -> anyhow::Result<()> {
    for users in users.chunks(AT_ONCE) {
        let update = format!(
            "UPDATE room_members SET {column} = $2 WHERE room_id = $1 AND user_id IN ({})",
            places(3, users.len())
        );
        let values = [Value::from(room.uuid()), value.into()].into_iter();
        execute(tx, &update, values.chain(users.iter().map(|user| user.uuid().into()))).await?;
    }
    Ok(())
}

pub(super) async fn set_present(
    tx: &mut Tx,
    room: RoomId,
    users: &[UserId],
    until: Timestamp,
) -> anyhow::Result<()> {
    set(tx, "present_until", room, users, until.micros()).await
}

pub(super) async fn room_to_tell(tx: &mut Tx, before: Timestamp) -> anyhow::Result<Option<(RoomId, i64)>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
        last_seq: i64,
    }
    let select = format!(
        "SELECT r.id, r.last_seq FROM rooms r WHERE r.told_seq < r.last_seq AND (SELECT x.created_at FROM messages x \
         WHERE x.room_id = r.id AND x.seq = r.told_seq + 1) <= $1 ORDER BY r.last_at LIMIT 1{}",
        dialect::skip_locked(tx)
    );
    let found = row::<Found>(tx, &select, [before.micros().into()]).await?;
    Ok(found.map(|found| (found.id.into(), found.last_seq)))
}

pub(super) async fn waiting(tx: &mut Tx, room: RoomId, now: Timestamp) -> anyhow::Result<Vec<Waiting>> {
    #[derive(FromQueryResult)]
    struct Found {
        user_id: Uuid,
        sender_id: Uuid,
        seq: i64,
    }
    let select = "SELECT w.user_id, x.sender_id, x.seq FROM (SELECT m.user_id, (SELECT min(u.seq) FROM messages u \
                  WHERE u.room_id = $1 AND u.seq > m.read_seq AND u.sender_id <> m.user_id) AS seq \
                  FROM room_members m WHERE m.room_id = $1 AND m.left_at IS NULL AND m.told_seq <= m.read_seq \
                  AND m.present_until <= $2) AS w \
                  JOIN messages x ON x.room_id = $1 AND x.seq = w.seq";
    let found = rows::<Found>(tx, select, [room.uuid().into(), now.micros().into()]).await?;
    let waiting = found.into_iter().map(|found| Waiting {
        user: found.user_id.into(),
        sender: found.sender_id.into(),
        seq: found.seq,
    });
    Ok(waiting.collect())
}

pub(super) async fn told(tx: &mut Tx, room: RoomId, users: &[UserId], seq: i64) -> anyhow::Result<()> {
    set(tx, "told_seq", room, users, seq).await?;
    let update = "UPDATE rooms SET told_seq = $2 WHERE id = $1";
    execute(tx, update, [room.uuid().into(), seq.into()]).await?;
    Ok(())
}

/// The worker that looks after people who are away.
pub struct WaitingWatch {
    service: Arc<WaitingService>,
}

impl WaitingWatch {
    /// Through the service.
    pub fn new(service: Arc<WaitingService>) -> Self {
        Self { service }
    }
}

#[async_trait]
impl Worker for WaitingWatch {
    fn name(&self) -> &'static str {
        "waiting-watch"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            match self.service.look().await {
                Ok(true) if !stop.is_cancelled() => continue,
                Ok(_) => {}
                Err(failure) => tracing::warn!(%failure, "nobody could be looked after"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }
}
