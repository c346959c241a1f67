//! Who is present, who is away, and the worker that looks after them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    chat::{Found, Untold, Waiting, WaitingService},
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

use super::{places, rows::inside};
use crate::sql::{dialect, execute, row, rows};

/// The pause after everybody was looked after.
const PAUSE: Duration = Duration::from_secs(1);
/// The rest after a room was looked at, for each who was told: a word to a thousand people must not keep the others
/// from theirs.
const REST: Duration = Duration::from_millis(2);
/// By so much for each of its people a room is looked after later, in microseconds: where many are
/// away and much is said, they are told of it together.
const LATER: i64 = 10_000;
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

pub(super) async fn room_to_tell(tx: &mut Tx, before: Timestamp) -> anyhow::Result<Option<Untold>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        told_seq: i64,
        last_seq: i64,
    }
    let skip = dialect::skip_locked(tx);
    let said = format!(
        "SELECT r.id, coalesce(r.look_from, r.told_seq) AS told_seq, r.last_seq FROM rooms r \
         WHERE r.told_seq < r.last_seq AND (SELECT x.created_at \
         FROM messages x WHERE x.room_id = r.id AND x.seq = r.told_seq + 1) <= $1 - {LATER} * r.member_count \
         ORDER BY r.last_at LIMIT 1{skip}"
    );
    // What was said a moment ago has its time; here it is about what was looked after before.
    let open = format!(
        "SELECT r.id, coalesce(r.look_from, r.told_seq) AS told_seq, r.told_seq AS last_seq FROM rooms r \
         WHERE r.look_at <= $1 ORDER BY r.look_at LIMIT 1{skip}"
    );
    let mut found = None;
    for select in [said, open] {
        if found.is_none() {
            found = row::<Row>(tx, &select, [before.micros().into()]).await?;
        }
    }
    Ok(found.map(|found| Untold { room: found.id.into(), told: found.told_seq, last: found.last_seq }))
}

pub(super) async fn waiting(tx: &mut Tx, room: &Untold, now: Timestamp) -> anyhow::Result<Found> {
    #[derive(FromQueryResult)]
    struct Row {
        user_id: Uuid,
        told_seq: i64,
        present_until: i64,
        sender_id: Uuid,
        seq: i64,
    }
    let select = format!(
        "SELECT w.user_id, w.told_seq, w.present_until, x.sender_id, x.seq FROM (SELECT m.user_id, m.told_seq, \
             m.present_until, (SELECT max(u.seq) FROM messages u WHERE u.room_id = $1 AND u.seq > $2 AND u.seq <= $3 \
             AND u.seq > m.read_seq AND u.seq > m.told_seq AND u.sender_id <> m.user_id) AS seq \
             FROM room_members m JOIN rooms r ON r.id = m.room_id \
             WHERE m.room_id = $1 AND m.read_seq < $3 AND m.told_seq < $3 AND {}) AS w \
             JOIN messages x ON x.room_id = $1 AND x.seq = w.seq",
        inside("m")
    );
    let values = [room.room.uuid().into(), room.told.into(), room.last.into()];
    let mut found = Found::default();
    for row in rows::<Row>(tx, &select, values).await? {
        let until = Timestamp::from_micros(row.present_until);
        if until > now {
            found.again_at = Some(found.again_at.map_or(until, |at| at.min(until)));
            continue;
        }
        found.waiting.push(Waiting {
            user: row.user_id.into(),
            sender: row.sender_id.into(),
            seq: row.seq,
            after: room.told.max(row.told_seq),
        });
    }
    Ok(found)
}

pub(super) async fn told(tx: &mut Tx, room: &Untold, found: &Found) -> anyhow::Result<()> {
    let users: Vec<_> = found.waiting.iter().map(|one| one.user).collect();
    set(tx, "told_seq", room.room, &users, room.last).await?;
    let update = "UPDATE rooms SET told_seq = $2, look_at = $3, look_from = $4 WHERE id = $1";
    let values = [
        room.room.uuid().into(),
        room.last.into(),
        found.again_at.map(|at| at.micros()).into(),
        found.again_at.map(|_| room.told).into(),
    ];
    execute(tx, update, values).await?;
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
            let pause = match self.service.look().await {
                Ok(Some(people)) => REST * u32::try_from(people.max(1)).unwrap_or(u32::MAX),
                Ok(None) => PAUSE,
                Err(failure) => {
                    tracing::warn!(%failure, "nobody could be looked after");
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }
}
