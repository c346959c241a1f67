//! Who is invited to the events of a calendar, for its file.

use async_trait::async_trait;
use madang_application::calendar::guestbook::{Invitation, InvitationQueries};
use madang_domain::{
    calendar::{Answer, Calendar},
    shared::Id,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::SqlStore;

/// Invitations first, in their order, then the answers to single occurrences.
pub(super) const INVITATIONS: &str = "SELECT * FROM ( \
     SELECT g.event_id, h.organizer_id, g.user_id, CAST(NULL AS bigint) AS original_at, g.status, \
     g.invited_at AS place FROM calendar_objects o JOIN calendar_gatherings h ON h.event_id = o.id \
     JOIN calendar_guests g ON g.event_id = h.event_id WHERE o.calendar_id = $1 AND g.invited \
     UNION ALL SELECT a.event_id, h.organizer_id, a.user_id, a.original_at, a.status, a.responded_at \
     FROM calendar_objects o JOIN calendar_gatherings h ON h.event_id = o.id \
     JOIN calendar_answers a ON a.event_id = h.event_id WHERE o.calendar_id = $1) x \
     ORDER BY CASE WHEN original_at IS NULL THEN 0 ELSE 1 END, place, user_id";

#[derive(FromQueryResult)]
struct InvitationRow {
    event_id: Uuid,
    organizer_id: Uuid,
    user_id: Uuid,
    original_at: Option<i64>,
    status: String,
}

#[async_trait]
impl InvitationQueries for SqlStore {
    async fn invitations(&self, calendar: Id<Calendar>) -> anyhow::Result<Vec<Invitation>> {
        let found: Vec<InvitationRow> = self.rows(INVITATIONS, [calendar.uuid().into()]).await?;
        let invitation = |row: InvitationRow| {
            Some(Invitation {
                event: Id::new(row.event_id),
                organizer: Id::new(row.organizer_id),
                guest: Id::new(row.user_id),
                original: row.original_at,
                answer: Answer::parse(&row.status)?,
            })
        };
        Ok(found.into_iter().filter_map(invitation).collect())
    }
}
