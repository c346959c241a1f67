//! When people are busy, read. Nothing here ever selects what they are busy with.

use async_trait::async_trait;
use madang_application::calendar::free::{BusyQueries, BusySearch, BusyTime, BusyView, ComingView};
use madang_domain::{
    calendar::{Answer, Event, Seat, Window, time::WIDEST_OFFSET},
    shared::{Id, UserId},
};
use sea_orm::{DatabaseConnection, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    bulk::placeholders,
    lanes::{self, LANES, LONG},
    repository::assemble,
    rows::{EVENT, EventRow, OVERRIDE, OverrideRow},
};
use crate::sql::{SqlStore, dialect, sight};

#[derive(FromQueryResult)]
struct BusyRow {
    owner_id: Uuid,
    time_zone: Option<String>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    series: Option<Uuid>,
    comes: bool,
}

#[derive(FromQueryResult)]
struct ComingRow {
    event_id: Uuid,
    user_id: Uuid,
    original_at: Option<i64>,
    status: Option<String>,
    waits: Option<bool>,
}

#[async_trait]
impl BusyQueries for SqlStore {
    async fn busy(&self, search: &BusySearch) -> anyhow::Result<Vec<BusyView>> {
        let (text, values) = busy(self.writer(), search);
        let found: Vec<BusyRow> = self.rows(&text, values).await?;
        Ok(found.into_iter().map(BusyRow::view).collect())
    }

    async fn busy_series(&self, series: &[Id<Event>]) -> anyhow::Result<Vec<Event>> {
        let list = || [dialect::list(series.iter().map(|id| id.uuid()))];
        let among = |column| dialect::among(self.writer(), column, "$1");
        let text = format!("SELECT {EVENT} FROM calendar_objects o WHERE {}", among("o.id"));
        let events: Vec<EventRow> = self.rows(&text, list()).await?;
        let text = format!(
            "SELECT {OVERRIDE} FROM calendar_overrides v WHERE {} ORDER BY v.object_id, v.original_at",
            among("v.object_id")
        );
        let overrides: Vec<OverrideRow> = self.rows(&text, list()).await?;
        Ok(assemble(events, Vec::new(), overrides))
    }

    async fn comings(&self, series: &[Id<Event>], people: &[UserId]) -> anyhow::Result<Vec<ComingView>> {
        let among = |column, place| dialect::among(self.writer(), column, place);
        let here = format!("{} AND {}", among("event_id", "$1"), among("user_id", "$2"));
        let text = format!(
            "SELECT event_id, user_id, CAST(NULL AS bigint) AS original_at, status, CAST(NULL AS boolean) AS waits \
             FROM calendar_guests WHERE {here} UNION ALL \
             SELECT event_id, user_id, original_at, status, NULL FROM calendar_answers WHERE {here} UNION ALL \
             SELECT event_id, user_id, original_at, NULL, waits FROM calendar_attendances WHERE {here}"
        );
        let series = dialect::list(series.iter().map(|id| id.uuid()));
        let people = dialect::list(people.iter().map(|id| id.uuid()));
        let found: Vec<ComingRow> = self.rows(&text, [series, people]).await?;
        Ok(found.into_iter().map(ComingRow::view).collect())
    }
}

/// One statement for everybody: what is short is found by its start, what is long in its lane, and
/// each calendar tells that it is known. All of it is answered from indexes alone. To the default
/// calendars belongs what their owners come to as guests: each event they are expected at is looked at
/// once, and only those that are on by then for more.
pub(super) fn busy(connection: &DatabaseConnection, search: &BusySearch) -> (String, Vec<Value>) {
    let wide = search.window.widened(WIDEST_OFFSET);
    let mut values: Vec<Value> = vec![
        search.viewer.uuid().into(),
        wide.from.into(),
        wide.to.into(),
        wide.from.saturating_sub(LONG).into(),
        dialect::list(search.owners.iter().map(|owner| owner.uuid())),
    ];
    let roles = placeholders(values.len() + 1, search.roles.len());
    values.extend(search.roles.iter().map(|role| Value::from(role.name())));
    // Beginning with the people: the asker may be in a thousand calendars, and Postgres, planning without
    // the values, would begin with those.
    let known = format!(
        "SELECT c.id, c.owner_id, c.default_of, c.time_zone, c.lanes FROM {} i CROSS JOIN calendars c \
         WHERE c.owner_id = i.id AND $2 < $3 AND EXISTS (SELECT 1 FROM calendar_members m \
         WHERE m.calendar_id = c.id AND m.user_id = $1 AND m.role IN ({roles}) LIMIT 1 OFFSET 0)",
        dialect::ids(connection, "$5")
    );
    // What somebody does not see any more, because of a block or because its organizer is suspended, takes
    // up none of their time.
    let coming = format!(
        "SELECT c.owner_id, c.time_zone, g.event_id, g.status, o.covers_from, o.covers_to, h.lanes \
         FROM known c CROSS JOIN calendar_guests g CROSS JOIN calendar_objects o CROSS JOIN calendars h \
         CROSS JOIN calendar_gatherings q WHERE g.user_id = c.default_of AND o.id = g.event_id \
         AND h.id = o.calendar_id AND q.event_id = g.event_id AND o.kind = 'event' \
         AND o.first_at < $3 AND (o.last_at IS NULL OR o.last_at > $2) AND {} AND NOT {}",
        sight::not_blocked_between("c.owner_id", "q.organizer_id"),
        sight::suspended("q.organizer_id")
    );
    let short =
        "NOT k.is_long AND k.starts_at >= $4 AND k.starts_at < $3 AND k.ends_at > $2 AND k.blocks".to_owned();
    let long = |of: &(i64, i64)| {
        format!("(c.lanes & {}) <> 0 AND {} AND k.blocks", of.0, lanes::overlap(*of, "$2", "$3"))
    };
    let ways = std::iter::once(("starts_at", short)).chain(LANES.iter().map(|of| ("long_from", long(of))));
    let mut parts = String::new();
    for (start, condition) in ways {
        let stretch = format!(
            "SELECT c.owner_id, CASE WHEN k.floats THEN c.time_zone END AS time_zone, k.{start} AS starts_at, k.ends_at, \
             CAST(NULL AS uuid) AS series, FALSE AS comes"
        );
        parts.push_str(&format!(
            "{stretch} FROM known c CROSS JOIN calendar_occurrences k WHERE k.calendar_id = c.id AND {condition} UNION ALL \
             {stretch} FROM coming c CROSS JOIN calendar_occurrences k WHERE k.object_id = c.event_id AND {condition} \
             AND {GIVES_TIME} UNION ALL "
        ));
    }
    let unwritten =
        |of: &str| format!("{of}.covers_to IS NOT NULL AND ({of}.covers_from > $2 OR {of}.covers_to < $3)");
    let text = format!(
        "WITH known AS MATERIALIZED ({known}), coming AS MATERIALIZED ({coming}) {parts}\
         SELECT c.owner_id, c.time_zone, NULL, NULL, o.id, FALSE FROM known c CROSS JOIN calendar_objects o \
         WHERE o.calendar_id = c.id AND {} AND o.first_at < $3 AND (o.last_at IS NULL OR o.last_at > $2) UNION ALL \
         SELECT c.owner_id, c.time_zone, NULL, NULL, c.event_id, TRUE FROM coming c WHERE {} UNION ALL \
         SELECT c.owner_id, NULL, NULL, NULL, NULL, FALSE FROM known c",
        unwritten("o"),
        unwritten("c")
    );
    (text, values)
}

/// `madang_domain::calendar::gives_time` for a guest `c` of an occurrence `k`, who is looked up row by row.
const GIVES_TIME: &str = "COALESCE( \
     (SELECT NOT t.waits FROM calendar_attendances t \
      WHERE t.event_id = k.object_id AND t.original_at = k.original_at AND t.user_id = c.owner_id), \
     COALESCE((SELECT a.status FROM calendar_answers a \
      WHERE a.event_id = k.object_id AND a.user_id = c.owner_id AND a.original_at = k.original_at), c.status) \
     IN ('accepted', 'tentative'))";

impl BusyRow {
    fn view(self) -> BusyView {
        let stretch = self.starts_at.zip(self.ends_at).map(|(from, to)| Window { from, to });
        let time = match (self.series, stretch) {
            (Some(id), _) if self.comes => BusyTime::Coming(Id::new(id)),
            (Some(id), _) => BusyTime::Series(Id::new(id)),
            (None, Some(stretch)) if self.time_zone.is_some() => BusyTime::Floating(stretch),
            (None, Some(stretch)) => BusyTime::Stretch(stretch),
            (None, None) => BusyTime::Known,
        };
        BusyView { owner: Id::new(self.owner_id), zone: self.time_zone.unwrap_or_default(), time }
    }
}

impl ComingRow {
    fn view(self) -> ComingView {
        ComingView {
            series: Id::new(self.event_id),
            user: Id::new(self.user_id),
            original: self.original_at,
            answer: self.status.as_deref().and_then(Answer::parse),
            seat: self.waits.map(|waits| if waits { Seat::Waitlisted } else { Seat::Joined }),
        }
    }
}
