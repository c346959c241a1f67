//! `ChatQueries` in SQL: one statement a list.

use async_trait::async_trait;
use madang_application::chat::{ChatQueries, MemberView, Range, RoomRow, Standing};
use madang_domain::{
    chat::{Message, RoomId},
    shared::{Page, PageRequest, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    pictures, places,
    rows::{MESSAGE, MessageRow, ROOM, ROOMS, Row, admitted, inside},
};
use crate::{
    community::visibility::{not_blocked, not_blocked_between},
    sql::SqlStore,
};

/// More rooms or people are asked for in several statements.
const AT_ONCE: usize = 500;

/// Rooms with their newest messages, and the pictures of those.
async fn complete(store: &SqlStore, rows: Vec<Row>) -> anyhow::Result<Vec<RoomRow>> {
    let parted: Vec<_> = rows.into_iter().map(Row::part).collect();
    let mut hung = pictures::of(store, parted.iter().filter_map(|(_, message)| message.as_ref())).await?;
    let rooms = parted.into_iter().map(|(room, message)| {
        let message = message.map(|message| message.message(&mut hung));
        room.room(message)
    });
    Ok(rooms.collect())
}

/// Whether room `r` is one of two, of whom one is `person` (an SQL expression) and blocked the other or
/// was blocked.
fn apart(person: &str) -> String {
    format!(
        "(r.kind = 'direct' AND EXISTS (SELECT 1 FROM room_members o WHERE o.room_id = r.id \
         AND o.user_id <> {person} AND NOT ({}) LIMIT 1 OFFSET 0))",
        not_blocked_between(person, "o.user_id")
    )
}

#[async_trait]
impl ChatQueries for SqlStore {
    async fn rooms(&self, user: UserId, unread: bool, page: &PageRequest) -> anyhow::Result<Page<RoomRow>> {
        let (waiting, ahead, order, start) = if unread {
            let waiting = "AND r.last_seq > m.read_seq AND EXISTS (SELECT 1 FROM messages w WHERE w.room_id = r.id \
                           AND w.seq > m.read_seq AND (w.sender_id IS NULL OR w.sender_id <> $1) LIMIT 1 OFFSET 0)";
            (waiting, ">", "ASC", (i64::MIN, Uuid::nil()))
        } else {
            ("", "<", "DESC", (i64::MAX, Uuid::max()))
        };
        let (at, id) = page.after.map_or(start, |after| (after.key, after.id));
        let text = format!(
            "{} {waiting} AND (r.last_at {ahead} $2 OR (r.last_at = $2 AND r.id {ahead} $3)) \
             ORDER BY r.last_at {order}, r.id {order} LIMIT $4",
            *ROOMS
        );
        let values = [user.uuid().into(), at.into(), id.into(), page.fetch().into()];
        let rows = self.rows::<Row>(&text, values).await?;
        Ok(Page::cut(complete(self, rows).await?, page, RoomRow::position))
    }

    async fn room(&self, user: UserId, room: RoomId) -> anyhow::Result<Option<RoomRow>> {
        let row = self.row::<Row>(&ROOM, [user.uuid().into(), room.uuid().into()]).await?;
        Ok(complete(self, row.into_iter().collect()).await?.pop())
    }

    async fn standing(&self, user: UserId, room: RoomId) -> anyhow::Result<Option<Standing>> {
        #[derive(FromQueryResult)]
        struct Found {
            last_seq: i64,
            member: bool,
            apart: bool,
        }
        let text = format!(
            "SELECT r.last_seq, EXISTS (SELECT 1 FROM room_members m WHERE m.room_id = r.id \
             AND m.user_id = $1 AND m.left_at IS NULL LIMIT 1 OFFSET 0) AND {} AS member, {} AS apart FROM rooms r WHERE r.id = $2",
            admitted("$1"),
            apart("$1")
        );
        let found = self.row::<Found>(&text, [user.uuid().into(), room.uuid().into()]).await?;
        Ok(found.map(|Found { last_seq, member, apart }| Standing { member, last_seq, apart }))
    }

    async fn members(&self, room: RoomId, page: &PageRequest) -> anyhow::Result<Page<MemberView>> {
        #[derive(FromQueryResult)]
        struct Found {
            user_id: Uuid,
            read_seq: i64,
            joined_at: i64,
        }
        let (at, id) = page.after.map_or((i64::MIN, Uuid::nil()), |after| (after.key, after.id));
        let text = format!(
            "SELECT m.user_id, m.read_seq, m.joined_at FROM room_members m JOIN rooms r ON r.id = m.room_id \
             WHERE m.room_id = $1 AND {} \
             AND (m.joined_at > $2 OR (m.joined_at = $2 AND m.user_id > $3)) ORDER BY m.joined_at, m.user_id LIMIT $4",
            inside("m")
        );
        let values = [room.uuid().into(), at.into(), id.into(), page.fetch().into()];
        let members = self.rows::<Found>(&text, values).await?.into_iter().map(|found| MemberView {
            user: found.user_id.into(),
            read_seq: found.read_seq,
            joined_at: Timestamp::from_micros(found.joined_at),
        });
        Ok(Page::cut(members.collect(), page, MemberView::position))
    }

    async fn messages(&self, room: RoomId, range: Range, limit: i64) -> anyhow::Result<Vec<Message>> {
        let (after, before, order) = match range {
            Range::Before(before) => (0, before, "DESC"),
            Range::After(after) => (after, i64::MAX, "ASC"),
            Range::Between { after, before } => (after, before, "ASC"),
        };
        let text = format!(
            "SELECT {MESSAGE} FROM messages x WHERE x.room_id = $1 AND x.seq > $2 AND x.seq < $3 \
             ORDER BY x.seq {order} LIMIT $4"
        );
        let values = [room.uuid().into(), after.into(), before.into(), limit.into()];
        let rows = self.rows::<MessageRow>(&text, values).await?;
        let mut hung = pictures::of(self, rows.iter()).await?;
        let mut messages: Vec<_> = rows.into_iter().map(|row| row.message(&mut hung)).collect();
        messages.sort_by_key(|message| message.seq);
        Ok(messages)
    }

    async fn reachable(&self, viewer: UserId, users: &[UserId]) -> anyhow::Result<Vec<UserId>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
        }
        let mut reachable = Vec::with_capacity(users.len());
        for users in users.chunks(AT_ONCE) {
            let text = format!(
                "SELECT u.id FROM users u WHERE u.id IN ({}) AND u.status <> 'suspended' AND {}",
                places(2, users.len()),
                not_blocked("u.id")
            );
            let values = [viewer.uuid()].into_iter().chain(users.iter().map(|user| user.uuid()));
            let found = self.rows::<Found>(&text, values.map(Value::from)).await?;
            reachable.extend(found.into_iter().map(|found| UserId::new(found.id)));
        }
        Ok(reachable)
    }

    async fn present(&self, rooms: &[RoomId], now: Timestamp) -> anyhow::Result<Vec<(RoomId, UserId)>> {
        #[derive(FromQueryResult)]
        struct Found {
            room_id: Uuid,
            user_id: Uuid,
        }
        let mut all = Vec::new();
        for rooms in rooms.chunks(AT_ONCE) {
            let text = format!(
                "SELECT m.room_id, m.user_id FROM room_members m JOIN rooms r ON r.id = m.room_id \
                 WHERE m.room_id IN ({}) AND m.present_until > $1 AND NOT {} AND {}",
                places(2, rooms.len()),
                apart("m.user_id"),
                inside("m")
            );
            let values = [now.micros().into()].into_iter().chain(rooms.iter().map(|room| room.uuid().into()));
            let found = self.rows::<Found>(&text, values).await?;
            all.extend(found.into_iter().map(|found| (found.room_id.into(), found.user_id.into())));
        }
        Ok(all)
    }

    async fn last_seqs(&self, rooms: &[RoomId]) -> anyhow::Result<Vec<(RoomId, i64)>> {
        #[derive(FromQueryResult)]
        struct Found {
            id: Uuid,
            last_seq: i64,
        }
        let mut all = Vec::with_capacity(rooms.len());
        for rooms in rooms.chunks(AT_ONCE) {
            let text = format!("SELECT id, last_seq FROM rooms WHERE id IN ({})", places(1, rooms.len()));
            let found = self.rows::<Found>(&text, rooms.iter().map(|room| room.uuid().into())).await?;
            all.extend(found.into_iter().map(|found| (RoomId::new(found.id), found.last_seq)));
        }
        Ok(all)
    }

    async fn gone(&self, followed: &[(RoomId, UserId)]) -> anyhow::Result<Vec<(RoomId, UserId)>> {
        #[derive(FromQueryResult)]
        struct Found {
            room_id: Uuid,
            user_id: Uuid,
        }
        let mut all = Vec::new();
        for followed in followed.chunks(AT_ONCE) {
            let pairs = (0..followed.len()).map(|pair| format!("(${}, ${})", 2 * pair + 1, 2 * pair + 2));
            // Both databases call the columns of bare values so.
            let text = format!(
                "SELECT v.column1 AS room_id, v.column2 AS user_id FROM (VALUES {}) AS v \
                 WHERE NOT EXISTS (SELECT 1 FROM room_members m JOIN rooms r ON r.id = m.room_id \
                 WHERE m.room_id = v.column1 AND m.user_id = v.column2 AND {} LIMIT 1 OFFSET 0)",
                pairs.collect::<Vec<_>>().join(", "),
                inside("m")
            );
            let values = followed.iter().flat_map(|(room, user)| [room.uuid().into(), user.uuid().into()]);
            let found = self.rows::<Found>(&text, values).await?;
            all.extend(
                found.into_iter().map(|found| (RoomId::new(found.room_id), UserId::new(found.user_id))),
            );
        }
        Ok(all)
    }
}
