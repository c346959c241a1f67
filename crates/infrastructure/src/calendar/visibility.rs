//! Who may read what an event says, as a condition for the statements of others.

use crate::sql::sight::{not_blocked_between, suspended};

/// Whether `person` may read what `event` says (SQL expressions): they have it in a calendar whose
/// entries they read, or organize it there, or are a guest whom no block and no suspension keeps
/// from whoever organizes it. The same as `CalendarQueries::events_visible_to`; nobody sees what was
/// deleted.
pub(crate) fn seen(person: &str, event: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM calendar_objects ce \
         LEFT JOIN calendar_members cm ON cm.calendar_id = ce.calendar_id AND cm.user_id = {person} \
         LEFT JOIN calendar_gatherings cq ON cq.event_id = ce.id \
         LEFT JOIN calendar_guests cg ON cg.event_id = ce.id AND cg.user_id = {person} \
         WHERE ce.id = {event} AND ce.kind <> 'other' AND (cm.role = 'owner' \
         OR (ce.visibility = 'public' AND cm.role <> 'freeBusy') \
         OR (cm.role IS NOT NULL AND cq.organizer_id = {person}) \
         OR (cg.user_id IS NOT NULL AND {} AND NOT {})) LIMIT 1 OFFSET 0)",
        not_blocked_between(person, "cq.organizer_id"),
        suspended("cq.organizer_id")
    )
}
