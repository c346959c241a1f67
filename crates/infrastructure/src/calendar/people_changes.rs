//! The change counter of a calendar, moved by those who come to its events.

use async_trait::async_trait;
use madang_application::{calendar::people::PeopleChanges, shared::Tx};
use madang_domain::{
    calendar::Event,
    shared::{Id, UserId},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::saving::count_changes;
use crate::sql::{SqlStore, dialect, execute, row, rows};

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[async_trait]
impl PeopleChanges for SqlStore {
    async fn keep(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()> {
        let text = format!(
            "SELECT id FROM calendars WHERE id = (SELECT o.calendar_id FROM calendar_objects o WHERE o.id = $1){}",
            dialect::for_change(tx)
        );
        row::<IdRow>(tx, &text, [event.uuid().into()]).await?;
        Ok(())
    }

    async fn keep_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Vec<Id<Event>>> {
        // In one order, so that two who lose people at once do not wait for each other. Those that are
        // somebody's own may be deleted afterwards, which takes the whole lock.
        let text = format!(
            "SELECT c.id FROM calendars c WHERE c.id IN (SELECT own.id FROM calendars own WHERE own.owner_id = $1 \
             UNION SELECT (SELECT o.calendar_id FROM calendar_objects o WHERE o.id = g.event_id) \
             FROM calendar_guests g WHERE g.user_id = $1 \
             UNION SELECT (SELECT o.calendar_id FROM calendar_objects o WHERE o.id = h.event_id) \
             FROM calendar_gatherings h WHERE h.organizer_id = $1) ORDER BY c.id{}",
            dialect::for_update(tx)
        );
        rows::<IdRow>(tx, &text, [user.uuid().into()]).await?;
        let text = "SELECT event_id AS id FROM calendar_guests WHERE user_id = $1 \
                    UNION SELECT event_id AS id FROM calendar_gatherings WHERE organizer_id = $1";
        let found: Vec<IdRow> = rows(tx, text, [user.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.id)).collect())
    }

    async fn tell(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()> {
        let text = "SELECT calendar_id AS id FROM calendar_objects WHERE id = $1";
        // Gone with its calendar, which tells that itself.
        let Some(IdRow { id: calendar }) = row(tx, text, [event.uuid().into()]).await? else { return Ok(()) };
        let rev = count_changes(tx, Id::new(calendar), 1).await?;
        let text = "UPDATE calendar_objects SET rev = $1 WHERE id = $2";
        execute(tx, text, [rev.into(), event.uuid().into()]).await?;
        Ok(())
    }
}
