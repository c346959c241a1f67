//! `RoomRepository` in SQL.

use anyhow::Context;
use async_trait::async_trait;
use madang_application::{
    chat::{Append, Appended, Found, ReadOn, RoomRepository, RoomState, Untold},
    shared::Tx,
};
use madang_domain::{
    chat::{Message, Room, RoomId},
    shared::{Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{appending, pictures, rows::inside, waiting};
use crate::sql::{SqlStore, dialect, execute, row, rows};

#[derive(FromQueryResult)]
struct StateRow {
    kind: String,
    opened_by: Option<Uuid>,
    member_count: i64,
    last_seq: i64,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[async_trait]
impl RoomRepository for SqlStore {
    async fn open(&self, tx: &mut Tx, room: &Room) -> anyhow::Result<(RoomId, bool)> {
        let insert = "INSERT INTO rooms (id, kind, title, subject_id, key, opened_by, member_count, last_seq, \
                      told_seq, last_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $7) \
                      ON CONFLICT (key) DO NOTHING";
        let values: [Value; 7] = [
            room.id.uuid().into(),
            room.kind.as_str().into(),
            room.title.as_ref().map(|title| title.as_str().to_owned()).into(),
            room.subject.into(),
            room.key.clone().into(),
            room.opened_by.uuid().into(),
            room.created_at.micros().into(),
        ];
        if execute(tx, insert, values).await? > 0 {
            return Ok((room.id, true));
        }
        let select = format!("SELECT id FROM rooms WHERE key = $1{}", dialect::for_change(tx));
        let found = row::<IdRow>(tx, &select, [room.key.clone().into()]).await?;
        Ok((found.context("a room with the key was there a moment ago")?.id.into(), false))
    }

    async fn lock(&self, tx: &mut Tx, room: RoomId) -> anyhow::Result<Option<RoomState>> {
        let select = format!(
            "SELECT kind, opened_by, member_count, last_seq FROM rooms WHERE id = $1{}",
            dialect::for_change(tx)
        );
        let Some(found) = row::<StateRow>(tx, &select, [room.uuid().into()]).await? else { return Ok(None) };
        Ok(Some(RoomState {
            kind: found.kind.into(),
            opened_by: found.opened_by.map(Into::into),
            member_count: found.member_count,
            last_seq: found.last_seq,
        }))
    }

    async fn room_of_event(&self, tx: &mut Tx, event: Uuid) -> anyhow::Result<Option<RoomId>> {
        let select = "SELECT id FROM rooms WHERE subject_id = $1 AND kind = 'event'";
        Ok(row::<IdRow>(tx, select, [event.into()]).await?.map(|found| found.id.into()))
    }

    async fn rooms_by_organizer(&self, tx: &mut Tx, organizer: UserId) -> anyhow::Result<Vec<RoomId>> {
        let select = "SELECT r.id FROM calendar_gatherings q JOIN rooms r ON r.subject_id = q.event_id \
                      WHERE q.organizer_id = $1 AND r.kind = 'event'";
        let found = rows::<IdRow>(tx, select, [organizer.uuid().into()]).await?;
        Ok(found.into_iter().map(|found| found.id.into()).collect())
    }

    async fn is_member(&self, tx: &mut Tx, room: RoomId, user: UserId) -> anyhow::Result<bool> {
        let select = format!(
            "SELECT m.room_id AS id FROM room_members m JOIN rooms r ON r.id = m.room_id \
             WHERE m.room_id = $1 AND m.user_id = $2 AND {}",
            inside("m")
        );
        Ok(row::<IdRow>(tx, &select, [room.uuid().into(), user.uuid().into()]).await?.is_some())
    }

    async fn enter(&self, tx: &mut Tx, room: RoomId, users: &[UserId], at: Timestamp) -> anyhow::Result<u64> {
        let state = self.lock(tx, room).await?.context("the room is locked already")?;
        let mut entered = 0;
        // Whoever comes back finds what was said meanwhile as unread; whoever is new has read it all.
        let insert = "INSERT INTO room_members (room_id, user_id, read_seq, told_seq, joined_at) \
                      VALUES ($1, $2, $3, $3, $4) ON CONFLICT (room_id, user_id) DO UPDATE \
                      SET left_at = NULL, joined_at = $4 WHERE room_members.left_at IS NOT NULL";
        for user in users {
            let values = [room.uuid().into(), user.uuid().into(), state.last_seq.into(), at.micros().into()];
            entered += execute(tx, insert, values).await?;
        }
        let update = "UPDATE rooms SET member_count = member_count + $2 WHERE id = $1";
        execute(tx, update, [room.uuid().into(), i64::try_from(entered)?.into()]).await?;
        Ok(entered)
    }

    async fn leave(&self, tx: &mut Tx, room: RoomId, user: UserId, at: Timestamp) -> anyhow::Result<bool> {
        let update =
            "UPDATE room_members SET left_at = $3 WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL";
        let left =
            execute(tx, update, [room.uuid().into(), user.uuid().into(), at.micros().into()]).await? > 0;
        if left {
            let update = "UPDATE rooms SET member_count = member_count - 1 WHERE id = $1";
            execute(tx, update, [room.uuid().into()]).await?;
        }
        Ok(left)
    }

    async fn append(&self, tx: &mut Tx, appends: &[Append]) -> anyhow::Result<Vec<Appended>> {
        appending::append(tx, appends).await
    }

    async fn hang(&self, tx: &mut Tx, messages: &[&Message]) -> anyhow::Result<()> {
        pictures::hang(tx, messages).await
    }

    async fn read_up_to(&self, tx: &mut Tx, room: RoomId, user: UserId, seq: i64) -> anyhow::Result<ReadOn> {
        #[derive(FromQueryResult)]
        struct Found {
            read_seq: i64,
            told_seq: i64,
        }
        let select = format!(
            "SELECT read_seq, told_seq FROM room_members WHERE room_id = $1 AND user_id = $2 \
             AND left_at IS NULL AND read_seq < $3{}",
            dialect::for_change(tx)
        );
        let values = [room.uuid().into(), user.uuid().into(), seq.into()];
        let Some(before) = row::<Found>(tx, &select, values.clone()).await? else {
            return Ok(ReadOn::Before);
        };
        execute(tx, "UPDATE room_members SET read_seq = $3 WHERE room_id = $1 AND user_id = $2", values)
            .await?;
        Ok(if before.told_seq > before.read_seq { ReadOn::AfterTold } else { ReadOn::Further })
    }

    async fn set_present(
        &self,
        tx: &mut Tx,
        room: RoomId,
        users: &[UserId],
        until: Timestamp,
    ) -> anyhow::Result<()> {
        waiting::set_present(tx, room, users, until).await
    }

    async fn room_to_tell(&self, tx: &mut Tx, before: Timestamp) -> anyhow::Result<Option<Untold>> {
        waiting::room_to_tell(tx, before).await
    }

    async fn waiting(&self, tx: &mut Tx, room: &Untold, now: Timestamp) -> anyhow::Result<Found> {
        waiting::waiting(tx, room, now).await
    }

    async fn told(&self, tx: &mut Tx, room: &Untold, found: &Found) -> anyhow::Result<()> {
        waiting::told(tx, room, found).await
    }

    async fn erase(&self, tx: &mut Tx, user: UserId, at: Timestamp) -> anyhow::Result<()> {
        let select = "SELECT room_id AS id FROM room_members WHERE user_id = $1 ORDER BY room_id";
        for IdRow { id } in rows::<IdRow>(tx, select, [user.uuid().into()]).await? {
            // In the order everybody takes them: the room, then what is in it.
            self.lock(tx, id.into()).await?;
            self.leave(tx, id.into(), user, at).await?;
            let anonymous = "UPDATE messages SET sender_id = NULL, client_id = NULL WHERE room_id = $1 AND sender_id = $2";
            execute(tx, anonymous, [id.into(), user.uuid().into()]).await?;
            let closed = "UPDATE rooms SET key = CASE WHEN kind = 'direct' THEN NULL ELSE key END, \
                          opened_by = CASE WHEN opened_by = $2 THEN NULL ELSE opened_by END WHERE id = $1";
            execute(tx, closed, [id.into(), user.uuid().into()]).await?;
            let forgotten = "DELETE FROM room_members WHERE room_id = $1 AND user_id = $2";
            execute(tx, forgotten, [id.into(), user.uuid().into()]).await?;
        }
        Ok(())
    }
}
