//! Occurrences that are written down, and the events they are of.
//!
//! A series has many in one answer: what they are of is read and understood once.

use std::collections::{HashMap, HashSet};

use madang_application::calendar::{
    queries::{EventView, OccurrenceView, PeopleQueries, RangeView, Search, SeriesView},
    range::end_time,
};
use madang_domain::{
    calendar::{Event, Frame, MemberRole, Override, Zone, time::WIDEST_OFFSET},
    shared::Id,
};
use sea_orm::{DatabaseConnection, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    guests,
    lanes::{self, LANES, LONG},
    queries::{Both, HomeRow, ORGANIZES, ROLE, VISIBLE, in_calendar, of_kind},
    rows::{EVENT, EventRow, OVERRIDE, OverrideRow},
};
use crate::sql::{SqlStore, dialect};

/// The columns of an [`OccurrenceRow`], of `calendar_occurrences k`.
pub(super) const OCCURRENCE: &str = "k.id, k.object_id, k.starts_at, k.ends_at, k.original_at, k.floats";

/// Whether there is an occurrence `k` that differs from its series and is hidden from those who see the
/// series; `OFFSET 0` makes Postgres ask row by row.
const HIDDEN_OCCURRENCE: &str = "EXISTS (SELECT 1 FROM calendar_overrides h \
     WHERE h.object_id = k.object_id AND h.original_at = k.original_at AND (h.visibility = 'private' \
     OR (h.visibility = 'confidential' AND o.kind = 'task')) LIMIT 1 OFFSET 0)";

/// A series in place of an occurrence, of `calendar_objects o`.
pub(super) const SERIES: &str = "SELECT CAST(NULL AS uuid) AS id, o.id AS object_id, CAST(NULL AS bigint) AS starts_at, \
     CAST(NULL AS bigint) AS ends_at, CAST(NULL AS bigint) AS original_at, CAST(NULL AS boolean) AS floats";

/// Whether `calendar_objects o` are not written down for all of the window from `$2` to `$3`, and may have
/// occurrences there.
pub(super) const UNWRITTEN: &str = "o.covers_to IS NOT NULL AND (o.covers_from > $2 OR o.covers_to < $3) \
     AND o.first_at < $3 AND (o.last_at IS NULL OR o.last_at > $2)";

/// A row of what a search finds: an occurrence, a series that is not written down, which has no place, or
/// the calendar that was asked for, which is no object.
#[derive(FromQueryResult)]
struct FoundRow {
    id: Option<Uuid>,
    object_id: Option<Uuid>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    original_at: Option<i64>,
    floats: Option<bool>,
}

/// An occurrence without what it is of.
struct OccurrenceRow {
    id: Uuid,
    object_id: Uuid,
    starts_at: i64,
    ends_at: i64,
    original_at: i64,
    floats: bool,
}

/// What a search finds, as members of calendars or as guests of events see it.
#[derive(Default)]
struct Found {
    knows_calendar: bool,
    written: Vec<OccurrenceRow>,
    unwritten: HashSet<Uuid>,
}

/// The events of a search, by their ids and by whether they are seen as guests see them.
type Seen<T> = HashMap<(Uuid, bool), T>;

/// An event of which occurrences are shown.
struct Shown {
    view: EventView,
    frame: Frame,
    end_zone: Option<Zone>,
    repeats: bool,
    home: Zone,
    role: MemberRole,
}

/// The statement that finds written-down occurrences: short ones, fixed and floating, and those of each
/// lane. Fixed short ones are cut to a page right there; floating ones need the viewer's clock first. With
/// them the series that are not written down, and whether the viewer knows the calendar that is asked for.
pub(super) fn of_members(search: &Search) -> (String, Vec<Value>) {
    let window = search.window;
    let wide = window.widened(WIDEST_OFFSET);
    let (key, id) = search.after.map_or((i64::MIN, Uuid::nil()), |after| (after.key, after.id));
    let mut values: Vec<Value> = vec![
        search.viewer.uuid().into(),
        wide.from.into(),
        wide.to.into(),
        window.from.into(),
        window.to.into(),
        window.from.saturating_sub(LONG).max(key).into(),
        wide.from.saturating_sub(LONG).max(key.saturating_sub(WIDEST_OFFSET)).into(),
        key.into(),
        id.into(),
        (i64::from(search.limit) + 1).into(),
    ];
    let one = in_calendar(search, "calendar_id", &mut values);
    let kind = of_kind(search, &mut values);
    // One calendar is read in order, up to the end of the page. Many are found first: Postgres, planning
    // without the values, takes the occurrences of a month for one, and read the members anew beside each
    // of them. SQLite keeps the order of a CROSS JOIN.
    let (source, role) = match search.calendar {
        Some(_) => (format!("calendar_occurrences k CROSS JOIN calendar_objects o WHERE TRUE{one}"), "(SELECT role FROM m)"),
        None => (
            "m CROSS JOIN calendar_occurrences k CROSS JOIN calendar_objects o WHERE k.calendar_id = m.calendar_id".to_owned(),
            "m.role",
        ),
    };
    let source = source.replace(" AND calendar_id", " AND k.calendar_id");
    let visible = format!("{VISIBLE} AND (m.role = 'owner' OR NOT {HIDDEN_OCCURRENCE} OR {ORGANIZES})")
        .replace("m.user_id = $1", &format!("{role} IS NOT NULL"))
        .replace("m.role", role);
    let lane = |condition: &str| {
        format!(
            "SELECT * FROM (SELECT {OCCURRENCE} FROM {source} AND o.id = k.object_id AND {visible}{kind} \
             AND (o.covers_to IS NULL OR (o.covers_from <= $2 AND o.covers_to >= $3)) AND {condition})"
        )
    };
    let mut lanes = vec![
        lane(
            "NOT k.floats AND NOT k.is_long AND k.starts_at >= $6 AND k.starts_at < $5 \
             AND (k.ends_at > $4 OR k.starts_at >= $4) \
             AND (k.starts_at > $8 OR (k.starts_at = $8 AND k.id > $9)) ORDER BY k.starts_at, k.id LIMIT $10",
        ),
        lane("k.floats AND NOT k.is_long AND k.starts_at >= $7 AND k.starts_at < $3 AND k.ends_at >= $2"),
    ];
    let exactly = "k.floats OR (k.long_from < $5 AND k.ends_at > $4 \
                   AND (k.long_from > $8 OR (k.long_from = $8 AND k.id > $9)))";
    lanes
        .extend(LANES.iter().map(|of| lane(&format!("{} AND ({exactly})", lanes::overlap(*of, "$2", "$3")))));
    let mut parts: Vec<String> =
        lanes.into_iter().enumerate().map(|(number, lane)| format!("{lane} l{number}")).collect();
    parts.push(format!(
        "SELECT * FROM ({SERIES} FROM calendar_members m JOIN calendar_objects o ON o.calendar_id = m.calendar_id \
         WHERE {VISIBLE}{}{kind} AND {UNWRITTEN}) e",
        one.replace("calendar_id", "m.calendar_id")
    ));
    if search.calendar.is_some() {
        parts.push("SELECT NULL, NULL, NULL, NULL, NULL, NULL FROM m".to_owned());
    }
    let members = format!("SELECT calendar_id, role FROM calendar_members WHERE user_id = $1{one}");
    let text = format!("WITH m AS MATERIALIZED ({members}) {}", parts.join(" UNION ALL "));
    (text, values)
}

/// The events of a list `$2` as `$1` sees them in their calendars, and those of a list `$3` as their guest,
/// who sees all of them. What the viewer may do is looked up event by event: where the people are joined,
/// Postgres, planning without the values, goes through all their calendars.
pub(super) fn events_text(connection: &DatabaseConnection) -> String {
    let part = |place: &str, role: &str, as_guest: &str| {
        format!(
            "SELECT {EVENT}, c.time_zone AS home_zone, ({role}) AS my_role, {as_guest} AS as_guest \
             FROM {} i CROSS JOIN calendar_objects o CROSS JOIN calendars c \
             WHERE o.id = i.id AND c.id = o.calendar_id AND o.kind <> 'other'",
            dialect::ids(connection, place)
        )
    };
    let member = format!(
        "SELECT {ROLE} FROM calendar_members m WHERE m.calendar_id = o.calendar_id AND m.user_id = $1"
    );
    let guest = "SELECT 'owner' FROM calendar_guests g WHERE g.event_id = o.id AND g.user_id = $1";
    format!("{} UNION ALL {}", part("$2", &member, "FALSE"), part("$3", guest, "TRUE"))
}

/// What is said of single occurrences of the events of a list `$1`, from `$2` to `$3`.
pub(super) fn own_text(connection: &DatabaseConnection) -> String {
    format!(
        "SELECT {OVERRIDE} FROM calendar_overrides v WHERE {} AND v.original_at >= $2 AND v.original_at <= $3",
        dialect::among(connection, "v.object_id", "$1")
    )
}

/// All that is said of single occurrences of the events of a list `$1`.
fn all_own_text(connection: &DatabaseConnection) -> String {
    format!(
        "SELECT {OVERRIDE} FROM calendar_overrides v WHERE {} ORDER BY v.object_id, v.original_at",
        dialect::among(connection, "v.object_id", "$1")
    )
}

impl SqlStore {
    /// What a search finds, as its viewer sees it; what is gone meanwhile is left out.
    pub(super) async fn look_through(&self, search: &Search) -> anyhow::Result<Option<RangeView>> {
        let (members, guests) =
            tokio::try_join!(self.found(of_members(search)), self.found(guests::range(search)))?;
        if search.calendar.is_some() && !members.knows_calendar {
            return Ok(None);
        }
        if members.is_empty() && guests.is_empty() {
            return Ok(Some(RangeView::default()));
        }
        let (of_members, of_guests) = (members.objects(), guests.objects());
        // Where all of it is shown, its people can be read beside it.
        let fits = members.written.len() + guests.written.len() <= search.limit as usize;
        let all: Vec<Id<Event>> =
            of_members.iter().chain(&of_guests).filter(|_| fits).copied().map(Id::new).collect();
        let values = [search.viewer.uuid().into(), dialect::list(of_members), dialect::list(of_guests)];
        let text = events_text(self.writer());
        let (rows, people) = tokio::try_join!(self.rows(&text, values), self.people(search.viewer, &all))?;
        let rows: Vec<Both<EventRow, HomeRow>> = rows;
        let is_series = |home: &HomeRow| {
            let found = if home.as_guest { &guests } else { &members };
            found.unwritten.contains(&home.id)
        };
        let (series, single): (Vec<_>, Vec<_>) = rows.into_iter().partition(|Both(_, home)| is_series(home));
        let shown: Seen<Shown> = single
            .into_iter()
            .filter_map(|Both(event, home)| Some(((home.id, home.as_guest), shown(event, &home)?)))
            .collect();
        // Guests first: they see more.
        let found = || guests.seen(true).chain(members.seen(false));
        let repeating = found().filter(|(row, as_guest)| {
            shown.get(&(row.object_id, *as_guest)).is_some_and(|event| event.repeats)
        });
        let (own, unwritten) =
            tokio::try_join!(self.own(repeating.map(|(row, _)| row).collect()), self.whole_series(series))?;
        let view = |(row, as_guest): (&OccurrenceRow, bool)| {
            shown.get(&(row.object_id, as_guest))?.at(row, own.get(&(row.object_id, row.original_at)))
        };
        Ok(Some(RangeView {
            written: found().filter_map(view).collect(),
            unwritten,
            people: fits.then_some(people),
        }))
    }

    async fn found(&self, (text, values): (String, Vec<Value>)) -> anyhow::Result<Found> {
        let rows: Vec<FoundRow> = self.rows(&text, values).await?;
        let mut found = Found::default();
        for row in rows {
            found.add(row);
        }
        Ok(found)
    }

    /// What is said of single occurrences.
    async fn own(&self, found: Vec<&OccurrenceRow>) -> anyhow::Result<HashMap<(Uuid, i64), Override>> {
        let originals = || found.iter().map(|row| row.original_at);
        let (Some(first), Some(last)) = (originals().min(), originals().max()) else {
            return Ok(HashMap::new());
        };
        let text = own_text(self.writer());
        let events = dialect::list(distinct(found.iter().map(|row| row.object_id)));
        let rows: Vec<OverrideRow> = self.rows(&text, [events, first.into(), last.into()]).await?;
        let named = |row: OverrideRow| {
            let object = row.object_id;
            row.into_override().map(|own| ((object, own.original), own))
        };
        Ok(rows.into_iter().filter_map(named).collect())
    }

    /// Series with everything, those of guests first.
    async fn whole_series(&self, mut found: Vec<Both<EventRow, HomeRow>>) -> anyhow::Result<Vec<SeriesView>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let events = dialect::list(distinct(found.iter().map(|Both(_, home)| home.id)));
        let rows: Vec<OverrideRow> = self.rows(&all_own_text(self.writer()), [events]).await?;
        let mut own: HashMap<Uuid, Vec<Override>> = HashMap::new();
        for row in rows {
            own.entry(row.object_id).or_default().extend(row.into_override());
        }
        found.sort_by_key(|Both(_, home)| !home.as_guest);
        let series = |Both(event, home): Both<EventRow, HomeRow>| {
            let own = own.get(&home.id).cloned().unwrap_or_default();
            Some(SeriesView { event: event.event(own, None), role: home.role()?, zone: home.zone() })
        };
        Ok(found.into_iter().filter_map(series).collect())
    }
}

impl Found {
    fn add(&mut self, row: FoundRow) {
        let FoundRow { id, object_id, starts_at, ends_at, original_at, floats } = row;
        let Some(object_id) = object_id else {
            self.knows_calendar = true;
            return;
        };
        match (id, starts_at, ends_at, original_at, floats) {
            (Some(id), Some(starts_at), Some(ends_at), Some(original_at), Some(floats)) => {
                self.written.push(OccurrenceRow { id, object_id, starts_at, ends_at, original_at, floats });
            }
            _ => {
                self.unwritten.insert(object_id);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.written.is_empty() && self.unwritten.is_empty()
    }

    /// The occurrences, and whether they are seen as guests see them.
    fn seen(&self, as_guest: bool) -> impl Iterator<Item = (&OccurrenceRow, bool)> {
        self.written.iter().map(move |row| (row, as_guest))
    }

    fn objects(&self) -> Vec<Uuid> {
        let written = self.written.iter().map(|row| row.object_id);
        distinct(written.chain(self.unwritten.iter().copied()))
    }
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn shown(event: EventRow, home: &HomeRow) -> Option<Shown> {
    let (frame, end_zone, repeats) = (event.frame()?, event.end_zone(), event.repeats);
    Some(Shown { frame, end_zone, repeats, home: home.zone(), role: home.role()?, view: event.view()? })
}

impl Shown {
    fn at(&self, row: &OccurrenceRow, own: Option<&Override>) -> Option<OccurrenceView> {
        let mut event = self.view.clone();
        event.occurrence = self.repeats.then(|| self.frame.time(row.original_at));
        let own_frame = own.map(|own| own.timing.start.frame());
        let mut end_zone = self.end_zone.as_ref();
        if let Some(Override { timing, details, .. }) = own {
            end_zone = timing.end_zone.as_ref();
            event.title = details.title.as_ref().map(ToString::to_string);
            event.description = details.description.to_string();
            event.location = details.location.to_string();
            event.status = details.status;
            event.visibility = details.visibility;
            event.blocks = details.blocks;
        }
        let frame = own_frame.as_ref().unwrap_or(&self.frame);
        event.start = Some(frame.time(row.starts_at));
        event.end = Some(end_time(end_zone, frame.time(row.ends_at), row.ends_at));
        Some(OccurrenceView {
            id: row.id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            floats: row.floats,
            zone: self.home.clone(),
            event: event.seen_by(self.role)?,
        })
    }
}
