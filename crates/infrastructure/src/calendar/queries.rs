//! Calendars and events, read.

use async_trait::async_trait;
use madang_application::calendar::queries::{
    CalendarQueries, CalendarView, ChangeView, EventRefView, EventView, RangeView, Search,
};
use madang_domain::{
    calendar::{
        Calendar, Event, EventKind, EventTime, MemberRole, Place, Reminder, Tier, Uid, Visibility, Zone,
    },
    shared::{Id, Page, PageRequest, Position, SearchText, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, QueryResult, Value};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::{
    bulk::placeholders,
    guests, reminders,
    repository::assemble,
    rows::{EVENT, EventRow, OVERRIDE, OverrideRow, TextRow, frame},
    search,
};
use crate::sql::{SqlStore, containing};

/// Whether `$1` organizes `calendar_objects o` in somebody else's calendar; `OFFSET 0` makes Postgres ask
/// row by row.
macro_rules! organizes {
    () => {
        "EXISTS (SELECT 1 FROM calendar_gatherings own WHERE own.event_id = o.id AND own.organizer_id = $1 \
         LIMIT 1 OFFSET 0)"
    };
}

/// What viewer `$1`, who is `calendar_members m`, may see of `calendar_objects o`, as a role: who organizes
/// an event sees it as the calendar's owner does.
pub(super) const ROLE: &str =
    concat!("CASE WHEN m.role <> 'owner' AND ", organizes!(), " THEN 'owner' ELSE m.role END");

/// Who sees that there is something, for `calendar_members m` and `calendar_objects o` of viewer
/// `$1`: whatever `Tier::of` does not call nothing, and what they organize.
pub(super) const VISIBLE: &str = concat!(
    "m.user_id = $1 AND o.kind <> 'other' AND (m.role = 'owner' OR (o.visibility <> 'private' \
     AND (o.kind = 'event' OR (o.visibility = 'public' AND m.role <> 'freeBusy'))) OR ",
    organizes!(),
    ")"
);

/// Who may read what it says: whatever `Tier::of` calls full, and what they organize. Searching anything
/// else would tell its words.
pub(super) const READABLE: &str = concat!(
    "m.user_id = $1 AND o.kind <> 'other' AND (m.role = 'owner' \
     OR (o.visibility = 'public' AND m.role <> 'freeBusy') OR ",
    organizes!(),
    ")"
);

/// Whether `$1` organizes `calendar_objects o`.
pub(super) const ORGANIZES: &str = organizes!();

const CALENDAR: &str = "SELECT c.id, c.owner_id, c.default_of, m.role, c.name, c.description, \
     m.color AS own_color, c.color, c.time_zone, c.rev, c.version, c.created_at, c.updated_at, m.sort_key \
     FROM calendar_members m JOIN calendars c ON c.id = m.calendar_id WHERE m.user_id = $1";

#[derive(FromQueryResult)]
struct CalendarRow {
    id: Uuid,
    owner_id: Uuid,
    default_of: Option<Uuid>,
    role: String,
    name: String,
    description: String,
    own_color: Option<String>,
    color: String,
    time_zone: String,
    rev: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
    sort_key: i64,
}

#[derive(FromQueryResult)]
struct DoneRow {
    event_id: Uuid,
    original_at: i64,
    completed_at: i64,
    frame: Option<String>,
    time_zone: Option<String>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Exists {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    id: Uuid,
}

/// Where an event is, and what its viewer may do there.
#[derive(FromQueryResult)]
pub(super) struct HomeRow {
    pub(super) id: Uuid,
    home_zone: String,
    /// `None` for whoever may see nothing of it.
    my_role: Option<String>,
    /// Whether it is seen as its guest sees it.
    pub(super) as_guest: bool,
}

impl HomeRow {
    pub(super) fn zone(&self) -> Zone {
        Zone::restore(&self.home_zone)
    }

    pub(super) fn role(&self) -> Option<MemberRole> {
        self.my_role.as_deref().map(role_named)
    }
}

#[derive(FromQueryResult)]
struct RoleRow {
    my_role: String,
}

#[derive(FromQueryResult)]
struct ChangeRow {
    rev: i64,
    object_id: Uuid,
    /// What somebody who saw it may have known it by; `None` if that tells nothing.
    object_uid: Option<String>,
    shown: Option<Uuid>,
}

/// Two shapes out of one row.
pub(super) struct Both<A, B>(pub(super) A, pub(super) B);

impl<A: FromQueryResult, B: FromQueryResult> FromQueryResult for Both<A, B> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
        Ok(Self(A::from_query_result(row, prefix)?, B::from_query_result(row, prefix)?))
    }
}

/// A change, with its event where there still is one to show.
struct Changed(ChangeRow, Option<(EventRow, RoleRow)>);

impl FromQueryResult for Changed {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
        let change = ChangeRow::from_query_result(row, prefix)?;
        if change.shown.is_none() {
            return Ok(Self(change, None));
        }
        let event = EventRow::from_query_result(row, prefix)?;
        Ok(Self(change, Some((event, RoleRow::from_query_result(row, prefix)?))))
    }
}

#[async_trait]
impl CalendarQueries for SqlStore {
    async fn has_default(&self, owner: UserId) -> anyhow::Result<bool> {
        let text = "SELECT id FROM calendars WHERE default_of = $1";
        let found: Option<Exists> = self.row(text, [owner.uuid().into()]).await?;
        Ok(found.is_some())
    }

    async fn calendars(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<CalendarView>> {
        let (key, id) = page.after.map_or((i64::MIN, Uuid::nil()), |after| (after.key, after.id));
        let values = [viewer.uuid().into(), key.into(), id.into(), page.fetch().into()];
        let found: Vec<CalendarRow> = self.rows(&calendars_text(), values).await?;
        let page = Page::cut(found, page, |row| Position { key: row.sort_key, id: row.id });
        Ok(page.map(CalendarRow::view))
    }

    async fn calendar(&self, viewer: UserId, id: Id<Calendar>) -> anyhow::Result<Option<CalendarView>> {
        let text = format!("{CALENDAR} AND c.id = $2");
        let found: Option<CalendarRow> = self.row(&text, [viewer.uuid().into(), id.uuid().into()]).await?;
        Ok(found.map(CalendarRow::view))
    }

    async fn shared(&self, id: Id<Calendar>) -> anyhow::Result<Option<CalendarView>> {
        let text = "SELECT c.id, c.owner_id, c.default_of, 'freeBusy' AS role, c.name, c.description, \
                    NULL AS own_color, c.color, c.time_zone, c.rev, c.version, c.created_at, c.updated_at, \
                    c.created_at AS sort_key FROM calendars c WHERE c.id = $1";
        let found: Option<CalendarRow> = self.row(text, [id.uuid().into()]).await?;
        Ok(found.map(CalendarRow::view))
    }

    async fn events(&self, viewer: UserId, ids: &[Id<Event>]) -> anyhow::Result<Vec<EventView>> {
        let found = self.visible(viewer, ids).await?;
        let view = |(event, role): (EventRow, MemberRole)| event.view()?.seen_by(role);
        Ok(found.into_iter().filter_map(view).collect())
    }

    async fn whole(&self, id: Id<Event>) -> anyhow::Result<Option<Event>> {
        let text = format!("SELECT {EVENT} FROM calendar_objects o WHERE o.id = $1");
        let event: Option<EventRow> = self.row(&text, [id.uuid().into()]).await?;
        let text = format!(
            "SELECT {OVERRIDE} FROM calendar_overrides v WHERE v.object_id = $1 ORDER BY v.original_at"
        );
        let overrides: Vec<OverrideRow> = self.rows(&text, [id.uuid().into()]).await?;
        Ok(assemble(event.into_iter().collect(), Vec::new(), overrides).pop())
    }

    async fn range(&self, search: &Search) -> anyhow::Result<Option<RangeView>> {
        self.look_through(search).await
    }

    async fn changes(
        &self,
        viewer: UserId,
        calendar: Id<Calendar>,
        (since, gone_since): (i64, i64),
        limit: u32,
    ) -> anyhow::Result<Vec<ChangeView>> {
        let limit = i64::from(limit) + 1;
        let values = [
            viewer.uuid().into(),
            calendar.uuid().into(),
            since.into(),
            limit.into(),
            gone_since.max(since).into(),
        ];
        let found: Vec<Changed> = self.rows(&changes_text(), values).await?;
        let change = |Changed(change, event): Changed| {
            let id = Id::new(change.object_id);
            let event = event.and_then(|(event, role)| event.view()?.seen_by(role.role()));
            let known = event.as_ref().map(|event| event.uid.clone()).or(change.object_uid);
            let uid = known.unwrap_or_else(|| Uid::plain(id).to_string());
            ChangeView { rev: change.rev, id, uid, event }
        };
        Ok(found.into_iter().map(change).collect())
    }

    async fn export(&self, calendar: Id<Calendar>) -> anyhow::Result<Vec<Event>> {
        let id = calendar.uuid();
        let text = format!("SELECT {EVENT} FROM calendar_objects o WHERE o.calendar_id = $1 ORDER BY o.uid");
        let events: Vec<EventRow> = self.rows(&text, [id.into()]).await?;
        let text = "SELECT o.id, o.ical, o.alarms_of FROM calendar_objects o WHERE o.calendar_id = $1";
        let texts: Vec<TextRow> = self.rows(text, [id.into()]).await?;
        let text = format!(
            "SELECT {OVERRIDE} FROM calendar_overrides v JOIN calendar_objects o ON o.id = v.object_id \
             WHERE o.calendar_id = $1 ORDER BY v.object_id, v.original_at"
        );
        let overrides: Vec<OverrideRow> = self.rows(&text, [id.into()]).await?;
        Ok(assemble(events, texts, overrides))
    }

    async fn organized(&self, calendar: Id<Calendar>, by: UserId) -> anyhow::Result<HashSet<Id<Event>>> {
        let text = "SELECT o.id FROM calendar_objects o JOIN calendar_gatherings h ON h.event_id = o.id \
                    WHERE o.calendar_id = $1 AND h.organizer_id = $2";
        let found: Vec<IdRow> = self.rows(text, [calendar.uuid().into(), by.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.id)).collect())
    }

    async fn reminders(
        &self,
        calendar: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<HashMap<Id<Event>, Vec<Reminder>>> {
        let text = "SELECT r.event_id, r.minutes FROM calendar_reminders r \
                    JOIN calendar_objects o ON o.id = r.event_id \
                    WHERE r.user_id = $1 AND o.calendar_id = $2 ORDER BY r.event_id, r.minutes";
        Ok(reminders::by_event(self.rows(text, [user.uuid().into(), calendar.uuid().into()]).await?))
    }

    async fn own_reminders(&self, user: UserId) -> anyhow::Result<Vec<(Id<Event>, Reminder)>> {
        let text =
            "SELECT event_id, minutes FROM calendar_reminders WHERE user_id = $1 ORDER BY event_id, minutes";
        let found: Vec<reminders::OwnRow> = self.rows(text, [user.uuid().into()]).await?;
        Ok(found.into_iter().map(reminders::OwnRow::pair).collect())
    }

    async fn own_completions(&self, owner: UserId) -> anyhow::Result<Vec<(Id<Event>, EventTime, Timestamp)>> {
        let text = "SELECT p.event_id, p.original_at, p.completed_at, o.frame, o.time_zone FROM calendars c \
                    JOIN calendar_objects o ON o.calendar_id = c.id JOIN calendar_completions p ON p.event_id = o.id \
                    WHERE c.owner_id = $1 AND o.kind = 'task' ORDER BY p.event_id, p.original_at";
        let found: Vec<DoneRow> = self.rows(text, [owner.uuid().into()]).await?;
        let named = |row: DoneRow| {
            let occurrence = frame(&row.frame?, row.time_zone.as_deref()).time(row.original_at);
            Some((Id::new(row.event_id), occurrence, Timestamp::from_micros(row.completed_at)))
        };
        Ok(found.into_iter().filter_map(named).collect())
    }

    async fn events_visible_to(
        &self,
        viewer: UserId,
        events: &[Id<Event>],
    ) -> anyhow::Result<Vec<EventRefView>> {
        let found = self.visible(viewer, events).await?;
        let full = |(row, role): (EventRow, MemberRole)| {
            let view = reference(row)?;
            (Tier::of(role, view.0, view.1) == Tier::Full).then_some(view.2)
        };
        let mut seen: Vec<EventRefView> = found.into_iter().filter_map(full).collect();
        // Whoever was asked to come sees where to.
        for row in guests::rows(self, viewer, events).await? {
            if !seen.iter().any(|event| event.id.uuid() == row.id) {
                seen.extend(reference(row).map(|view| view.2));
            }
        }
        Ok(seen)
    }

    async fn search(
        &self,
        viewer: UserId,
        text: &SearchText,
        page: &PageRequest,
    ) -> anyhow::Result<Page<EventRefView>> {
        let after = page.after.map_or(Uuid::max(), |after| after.id);
        let like = containing(&text.normal());
        let values: [Value; 4] = [viewer.uuid().into(), after.into(), page.fetch().into(), like.into()];
        let mut found: Vec<EventRow> = self.rows(&search::found(), values.clone()).await?;
        let invited: Vec<IdRow> = self.rows(&search::invited(), values).await?;
        let invited: Vec<_> = invited.into_iter().map(|row| Id::new(row.id)).collect();
        found.extend(guests::rows(self, viewer, &invited).await?);
        found.sort_by_key(|row| std::cmp::Reverse(row.id));
        found.dedup_by_key(|row| row.id);
        found.truncate(usize::try_from(page.fetch()).unwrap_or(usize::MAX));
        let page = Page::cut(found, page, |row| Position { key: 0, id: row.id });
        Ok(Page {
            items: page.items.into_iter().filter_map(reference).map(|view| view.2).collect(),
            next: page.next,
        })
    }
}

/// What others may show of it, and what decides whether they may.
fn reference(row: EventRow) -> Option<(EventKind, Visibility, EventRefView)> {
    let repeats = row.repeats;
    let EventView { id, calendar, title, start, end, kind, visibility, .. } = row.view()?;
    Some((kind, visibility, EventRefView { id, calendar, title, start, end, repeats }))
}

impl SqlStore {
    async fn visible(
        &self,
        viewer: UserId,
        ids: &[Id<Event>],
    ) -> anyhow::Result<Vec<(EventRow, MemberRole)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT {EVENT}, {ROLE} AS my_role FROM calendar_objects o JOIN calendar_members m ON m.calendar_id = o.calendar_id \
             WHERE o.id IN ({}) AND {VISIBLE}",
            placeholders(2, ids.len())
        );
        let ids = ids.iter().map(|id| Value::from(id.uuid()));
        let values = std::iter::once(viewer.uuid().into()).chain(ids);
        let found: Vec<Both<EventRow, RoleRow>> = self.rows(&text, values).await?;
        Ok(found.into_iter().map(|Both(event, role)| (event, role.role())).collect())
    }
}

/// What changed in calendar `$2` since `$3`, and what is gone since `$5`. Only those hear that an event is
/// gone who saw it: of one that is hidden from them, whoever follows since before it was.
pub(super) fn changes_text() -> String {
    let heard = "m.role <> 'freeBusy' OR";
    format!(
        "SELECT x.rev, x.object_id, x.object_uid, o.id AS shown, {ROLE} AS my_role, {EVENT} FROM ( \
         SELECT * FROM (SELECT o.rev, o.id AS object_id, CAST(NULL AS text) AS object_uid \
         FROM calendar_members m CROSS JOIN calendar_objects o \
         WHERE m.calendar_id = $2 AND m.user_id = $1 AND o.calendar_id = $2 AND o.rev > $3 \
         AND (({VISIBLE}) OR (o.hidden_from > $5 AND ({heard} o.kind <> 'task'))) ORDER BY o.rev LIMIT $4) a UNION ALL \
         SELECT * FROM (SELECT t.rev, t.object_id, CASE WHEN m.role = 'owner' OR t.organizer_id = $1 \
         OR (m.role <> 'freeBusy' AND COALESCE(t.visibility, 'public') = 'public') THEN t.uid END AS object_uid \
         FROM calendar_members m CROSS JOIN calendar_tombstones t \
         WHERE m.calendar_id = $2 AND m.user_id = $1 AND t.calendar_id = $2 AND t.rev > $5 \
         AND (t.kind IS NULL OR (t.kind <> 'other' AND (m.role = 'owner' OR t.organizer_id = $1 \
         OR (t.visibility <> 'private' AND (t.kind = 'event' OR (t.visibility = 'public' AND m.role <> 'freeBusy'))))) \
         OR (t.hidden_from > $5 AND ({heard} t.kind <> 'task'))) ORDER BY t.rev LIMIT $4) b) x \
         JOIN calendar_members m ON m.calendar_id = $2 AND m.user_id = $1 \
         LEFT JOIN calendar_objects o ON o.id = x.object_id AND {VISIBLE} \
         ORDER BY x.rev LIMIT $4"
    )
}

/// The calendars of `$1` behind a place.
pub(super) fn calendars_text() -> String {
    format!(
        "{CALENDAR} AND (m.sort_key > $2 OR (m.sort_key = $2 AND m.calendar_id > $3)) \
         ORDER BY m.sort_key, m.calendar_id LIMIT $4"
    )
}

/// The conditions that keep a search to one calendar and to one kind, if it asks for them.
pub(super) fn narrowed(search: &Search, calendar_column: &str, values: &mut Vec<Value>) -> String {
    in_calendar(search, calendar_column, values) + &of_kind(search, values)
}

/// The conditions that keep a search to one calendar, or out of one.
pub(super) fn in_calendar(search: &Search, column: &str, values: &mut Vec<Value>) -> String {
    let mut conditions = String::new();
    for (calendar, sign) in [(search.calendar, "="), (search.except, "<>")] {
        if let Some(calendar) = calendar {
            values.push(calendar.uuid().into());
            conditions.push_str(&format!(" AND {column} {sign} ${}", values.len()));
        }
    }
    conditions
}

/// The condition that keeps a search to one kind.
pub(super) fn of_kind(search: &Search, values: &mut Vec<Value>) -> String {
    search.kind.map_or_else(String::new, |kind| {
        values.push(kind.name().into());
        format!(" AND o.kind = ${}", values.len())
    })
}

/// The weakest role is the safe reading of a name nobody gave.
pub(super) fn role_named(name: &str) -> MemberRole {
    MemberRole::parse(name).unwrap_or(MemberRole::FreeBusy)
}

impl RoleRow {
    fn role(&self) -> MemberRole {
        role_named(&self.my_role)
    }
}

impl CalendarRow {
    fn view(self) -> CalendarView {
        CalendarView {
            id: Id::new(self.id),
            owner: Id::new(self.owner_id),
            is_default: self.default_of.is_some(),
            my_role: role_named(&self.role),
            name: self.name,
            description: self.description,
            color: self.own_color.unwrap_or_else(|| self.color.clone()),
            shared_color: self.color,
            position: Place::of_key(self.sort_key),
            time_zone: self.time_zone,
            rev: self.rev,
            version: self.version,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        }
    }
}
