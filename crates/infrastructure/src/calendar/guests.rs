//! The people of events, and events as their guests see them, read.

use std::collections::HashMap;

use async_trait::async_trait;
use madang_application::calendar::queries::{
    EventView, InvitedGuest, OccurrenceAnswer, OccurrenceSeats, PeopleOf, PeopleQueries, Search,
};
use madang_domain::{
    calendar::{
        Answer, Door, Event, EventKind, EventStatus, MemberRole, Reminder, Seat, Visibility,
        time::WIDEST_OFFSET,
    },
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{DatabaseConnection, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    bulk::placeholders,
    occurrences::{OCCURRENCE, SERIES, UNWRITTEN},
    queries::{ROLE, narrowed},
    rows::{EVENT, EventRow},
};
use crate::sql::{SqlStore, dialect, sight};

#[derive(FromQueryResult)]
struct DoorRow {
    organizer_id: Uuid,
    kind: String,
    status: String,
    visibility: String,
    capacity: Option<i64>,
    repeats: bool,
    role: Option<String>,
    invited: Option<bool>,
}

/// One row of [`PEOPLE`]: which of its columns mean what depends on `part`.
#[derive(FromQueryResult)]
struct PeopleRow {
    part: i64,
    event_id: Uuid,
    user_id: Option<Uuid>,
    original_at: Option<i64>,
    one: Option<i64>,
    two: Option<i64>,
    word: Option<String>,
}

/// Everything about the people of events in one statement, events first.
pub(super) fn people_text(connection: &DatabaseConnection) -> String {
    let of = |column: &str| dialect::among_listed(connection, column, "$2");
    let (o, here) = (of("o.id"), of("event_id"));
    let null = "CAST(NULL AS bigint)";
    let listed = dialect::listed(connection, "$2");
    format!(
        "{listed}SELECT CAST(0 AS bigint) AS part, o.id AS event_id, COALESCE(h.organizer_id, c.owner_id) AS user_id, \
         {null} AS original_at, h.capacity AS one, CAST(CASE WHEN g.user_id IS NULL THEN 0 ELSE 1 END AS bigint) AS two, \
         {ROLE} AS word FROM calendar_objects o JOIN calendars c ON c.id = o.calendar_id \
         LEFT JOIN calendar_gatherings h ON h.event_id = o.id \
         LEFT JOIN calendar_members m ON m.calendar_id = o.calendar_id AND m.user_id = $1 \
         LEFT JOIN calendar_guests g ON g.event_id = o.id AND g.user_id = $1 WHERE {o} \
         UNION ALL SELECT 1, event_id, user_id, invited_at, responded_at, {null}, status \
         FROM calendar_guests WHERE {here} AND invited \
         UNION ALL SELECT 2, event_id, user_id, original_at, responded_at, {null}, status \
         FROM calendar_answers WHERE {here} \
         UNION ALL SELECT 3, event_id, CAST(NULL AS uuid), original_at, joined, waiting, NULL \
         FROM calendar_seats WHERE {here} \
         UNION ALL SELECT 4, event_id, user_id, original_at, CAST(CASE WHEN waits THEN 1 ELSE 0 END AS bigint), {null}, NULL \
         FROM calendar_attendances WHERE user_id = $1 AND {here} \
         UNION ALL SELECT 5, event_id, user_id, -minutes, minutes, {null}, NULL \
         FROM calendar_reminders WHERE user_id = $1 AND {here} \
         UNION ALL SELECT 6, event_id, CAST(NULL AS uuid), original_at, completed_at, {null}, NULL \
         FROM calendar_completions WHERE {here} \
         ORDER BY part, original_at, user_id"
    )
}

#[async_trait]
impl PeopleQueries for SqlStore {
    async fn door(&self, visitor: UserId, event: Id<Event>) -> anyhow::Result<Option<Door>> {
        let text = format!(
            "SELECT COALESCE(h.organizer_id, c.owner_id) AS organizer_id, o.kind, o.status, o.visibility, \
                    h.capacity, o.repeats, {ROLE} AS role, g.invited FROM calendar_objects o \
                    JOIN calendars c ON c.id = o.calendar_id \
                    LEFT JOIN calendar_gatherings h ON h.event_id = o.id \
                    LEFT JOIN calendar_members m ON m.calendar_id = o.calendar_id AND m.user_id = $1 \
                    LEFT JOIN calendar_guests g ON g.event_id = o.id AND g.user_id = $1 \
                    WHERE o.id = $2 AND o.kind <> 'other'"
        );
        let found: Option<DoorRow> = self.row(&text, [visitor.uuid().into(), event.uuid().into()]).await?;
        Ok(found.and_then(DoorRow::door))
    }

    async fn people(&self, viewer: UserId, events: &[Id<Event>]) -> anyhow::Result<Vec<PeopleOf>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let values = [viewer.uuid().into(), dialect::list(events.iter().map(|id| id.uuid()))];
        let found: Vec<PeopleRow> = self.rows(&people_text(self.writer()), values).await?;
        let mut people: HashMap<Uuid, PeopleOf> = HashMap::new();
        for row in found {
            if row.part == 0 {
                people.extend(row.head(viewer));
            } else if let Some(of) = people.get_mut(&row.event_id) {
                row.add_to(of);
            }
        }
        Ok(people.into_values().collect())
    }

    async fn plain_event(&self, event: Id<Event>) -> anyhow::Result<Option<EventView>> {
        let text = format!("SELECT {EVENT} FROM calendar_objects o WHERE o.id = $1 AND o.kind <> 'other'");
        let found: Option<EventRow> = self.row(&text, [event.uuid().into()]).await?;
        Ok(found.and_then(EventRow::view))
    }

    async fn guest_events(&self, viewer: UserId, ids: &[Id<Event>]) -> anyhow::Result<Vec<EventView>> {
        let found = rows(self, viewer, ids).await?;
        Ok(found.into_iter().filter_map(EventRow::view).collect())
    }
}

/// Whether the organizer of the event of the guest `g` and viewer `$1` may know of each other; what
/// [`Tie::Blocked`](madang_domain::calendar::Tie) says, for many.
pub(super) fn not_behind_a_block() -> String {
    let organizer = "(SELECT q.organizer_id FROM calendar_gatherings q WHERE q.event_id = g.event_id)";
    format!("{} AND {}", sight::not_blocked_between("$1", organizer), sight::present(organizer))
}

/// Those of these events that somebody is a guest of.
pub(super) async fn rows(
    store: &SqlStore,
    viewer: UserId,
    ids: &[Id<Event>],
) -> anyhow::Result<Vec<EventRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {EVENT} FROM calendar_guests g JOIN calendar_objects o ON o.id = g.event_id \
         WHERE g.user_id = $1 AND o.id IN ({}) AND o.kind <> 'other' AND {}",
        placeholders(2, ids.len()),
        not_behind_a_block()
    );
    let ids = ids.iter().map(|id| Value::from(id.uuid()));
    store.rows(&text, std::iter::once(viewer.uuid().into()).chain(ids)).await
}

/// What a guest's events have in a window: see [`occurrences::of_members`](super::occurrences::of_members).
pub(super) fn range(search: &Search) -> (String, Vec<Value>) {
    let wide = search.window.widened(WIDEST_OFFSET);
    let (key, id) = search.after.map_or((i64::MIN, Uuid::nil()), |after| (after.key, after.id));
    let mut values: Vec<Value> = vec![
        search.viewer.uuid().into(),
        wide.from.into(),
        wide.to.into(),
        search.window.from.into(),
        search.window.to.into(),
        key.into(),
        id.into(),
        (i64::from(search.limit) + 1).into(),
    ];
    let one = narrowed(search, "o.calendar_id", &mut values);
    let lane = |condition: &str| {
        format!(
            "SELECT {OCCURRENCE} FROM calendar_guests g \
             JOIN calendar_occurrences k ON k.object_id = g.event_id WHERE g.user_id = $1 AND {} \
             AND EXISTS (SELECT 1 FROM calendar_objects o WHERE o.id = g.event_id{one} AND o.kind <> 'other' \
             AND (o.covers_to IS NULL OR (o.covers_from <= $2 AND o.covers_to >= $3)) LIMIT 1 OFFSET 0) \
             AND {condition}",
            not_behind_a_block()
        )
    };
    let fixed = lane(
        "NOT k.floats AND k.starts_at < $5 AND (k.ends_at > $4 OR k.starts_at >= $4) \
         AND (k.starts_at > $6 OR (k.starts_at = $6 AND k.id > $7)) ORDER BY k.starts_at, k.id LIMIT $8",
    );
    let floating = lane("k.floats AND k.starts_at < $3 AND k.ends_at >= $2");
    let unwritten = format!(
        "{SERIES} FROM calendar_guests g JOIN calendar_objects o ON o.id = g.event_id \
         WHERE g.user_id = $1{one} AND o.kind <> 'other' AND {} AND {UNWRITTEN}",
        not_behind_a_block()
    );
    let text = format!(
        "SELECT * FROM ({fixed}) a UNION ALL SELECT * FROM ({floating}) b UNION ALL SELECT * FROM ({unwritten}) e"
    );
    (text, values)
}

impl DoorRow {
    fn door(self) -> Option<Door> {
        Some(Door {
            organizer: Id::new(self.organizer_id),
            kind: EventKind::parse(&self.kind)?,
            status: EventStatus::parse(&self.status)?,
            visibility: Visibility::parse(&self.visibility)?,
            capacity: self.capacity,
            repeats: self.repeats,
            role: self.role.as_deref().and_then(MemberRole::parse),
            guest: self.invited.is_some(),
            invited: self.invited == Some(true),
        })
    }
}

impl PeopleRow {
    fn head(self, viewer: UserId) -> Option<(Uuid, PeopleOf)> {
        let of = PeopleOf {
            event: Id::new(self.event_id),
            viewer,
            role: self.word.as_deref().and_then(MemberRole::parse),
            guest: self.two == Some(1),
            organizer: Id::new(self.user_id?),
            capacity: self.one,
            guests: Vec::new(),
            answers: Vec::new(),
            seats: Vec::new(),
            mine: Vec::new(),
            done: Vec::new(),
            reminders: Vec::new(),
        };
        Some((self.event_id, of))
    }

    fn add_to(self, of: &mut PeopleOf) {
        let answer = self.word.as_deref().and_then(Answer::parse).unwrap_or(Answer::NeedsAction);
        let user = self.user_id.map(Id::new);
        let at = self.one.map(Timestamp::from_micros);
        match (self.part, user, self.original_at, at) {
            (1, Some(user), ..) => of.guests.push(InvitedGuest { user, answer, responded_at: at }),
            (2, Some(user), Some(original), Some(at)) => {
                of.answers.push(OccurrenceAnswer { user, original, answer, at });
            }
            (3, _, Some(original), _) => of.seats.push(OccurrenceSeats {
                original,
                joined: self.one.unwrap_or(0),
                waiting: self.two.unwrap_or(0),
            }),
            (4, _, Some(original), _) => {
                let seat = if self.one == Some(1) { Seat::Waitlisted } else { Seat::Joined };
                of.mine.push((original, seat));
            }
            (6, _, Some(original), Some(at)) => of.done.push((original, at)),
            (5, ..) => of.reminders.extend(self.one.map(Reminder::minutes_before)),
            _ => {}
        }
    }
}
