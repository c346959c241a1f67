//! Who came to an occurrence, read.

use async_trait::async_trait;
use madang_application::calendar::people::AttendeeQueries;
use madang_domain::{
    calendar::{Event, Seat},
    shared::{Id, Page, PageRequest, Position, UserId},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::SqlStore;

/// Who came to the occurrence `$2` of the event `$1`, behind the place `$3`, at most `$4`.
pub(super) const ATTENDEES: &str = "SELECT user_id, waits, place FROM calendar_attendances \
     WHERE event_id = $1 AND original_at = $2 AND place > $3 ORDER BY place LIMIT $4";

#[derive(FromQueryResult)]
struct AttendeeRow {
    user_id: Uuid,
    waits: bool,
    place: i64,
}

#[async_trait]
impl AttendeeQueries for SqlStore {
    async fn attendees(
        &self,
        event: Id<Event>,
        original: i64,
        page: &PageRequest,
    ) -> anyhow::Result<Page<(UserId, Seat)>> {
        let after = page.after.map_or(i64::MIN, |after| after.key);
        let values = [event.uuid().into(), original.into(), after.into(), page.fetch().into()];
        let found: Vec<AttendeeRow> = self.rows(ATTENDEES, values).await?;
        let page = Page::cut(found, page, |row| Position { key: row.place, id: row.user_id });
        Ok(page.map(|row| (Id::new(row.user_id), if row.waits { Seat::Waitlisted } else { Seat::Joined })))
    }
}
