//! Occurrences that are written down, and the events they are of.
//!
//! A series has many in one answer: what they are of is read and understood once.

use std::collections::HashMap;

use madang_application::calendar::{
    queries::{EventView, OccurrenceView, Search},
    range::end_time,
};
use madang_domain::{
    calendar::{Frame, MemberRole, Override, Zone, time::WIDEST_OFFSET},
    shared::UserId,
};
use sea_orm::{DatabaseConnection, FromQueryResult, Value};
use uuid::Uuid;

use super::{
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

/// An occurrence without what it is of.
#[derive(FromQueryResult)]
pub(super) struct OccurrenceRow {
    id: Uuid,
    object_id: Uuid,
    starts_at: i64,
    ends_at: i64,
    original_at: i64,
    floats: bool,
}

/// How a viewer came to see occurrences.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    /// As a member of their calendars.
    ByMembers,
    /// As a guest of their events, who sees all of them.
    ByGuests,
}

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
/// lane. Fixed short ones are cut to a page right there; floating ones need the viewer's clock first.
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
    let lanes: Vec<String> =
        lanes.into_iter().enumerate().map(|(number, lane)| format!("{lane} l{number}")).collect();
    let members = format!("SELECT calendar_id, role FROM calendar_members WHERE user_id = $1{one}");
    let text = format!("WITH m AS MATERIALIZED ({members}) {}", lanes.join(" UNION ALL "));
    (text, values)
}

/// The events of a list `$2` as `$1` sees them. What the viewer may do is looked up event by event: where
/// the people are joined, Postgres, planning without the values, goes through all their calendars.
pub(super) fn events_text(connection: &DatabaseConnection, seen: Seen) -> String {
    let role = match seen {
        Seen::ByMembers => {
            format!(
                "SELECT {ROLE} FROM calendar_members m WHERE m.calendar_id = o.calendar_id AND m.user_id = $1"
            )
        }
        Seen::ByGuests => {
            "SELECT 'owner' FROM calendar_guests g WHERE g.event_id = o.id AND g.user_id = $1".to_owned()
        }
    };
    format!(
        "SELECT {EVENT}, c.time_zone AS home_zone, ({role}) AS my_role FROM {} i CROSS JOIN calendar_objects o \
         CROSS JOIN calendars c WHERE o.id = i.id AND c.id = o.calendar_id AND o.kind <> 'other'",
        dialect::ids(connection, "$2")
    )
}

/// What is said of single occurrences of the events of a list `$1`, from `$2` to `$3`.
pub(super) fn own_text(connection: &DatabaseConnection) -> String {
    format!(
        "SELECT {OVERRIDE} FROM calendar_overrides v WHERE {} AND v.original_at >= $2 AND v.original_at <= $3",
        dialect::among(connection, "v.object_id", "$1")
    )
}

impl SqlStore {
    /// The occurrences as their viewer sees them; those whose event is gone meanwhile are left out.
    pub(super) async fn with_events(
        &self,
        viewer: UserId,
        found: Vec<OccurrenceRow>,
        seen: Seen,
    ) -> anyhow::Result<Vec<OccurrenceView>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let shown = self.shown(viewer, &found, seen).await?;
        let own = self.own(&found, &shown).await?;
        let view = |row: OccurrenceRow| {
            shown.get(&row.object_id)?.at(&row, own.get(&(row.object_id, row.original_at)))
        };
        Ok(found.into_iter().filter_map(view).collect())
    }

    async fn shown(
        &self,
        viewer: UserId,
        found: &[OccurrenceRow],
        seen: Seen,
    ) -> anyhow::Result<HashMap<Uuid, Shown>> {
        let text = events_text(self.writer(), seen);
        let events = dialect::list(distinct(found.iter().map(|row| row.object_id)));
        let rows: Vec<Both<EventRow, HomeRow>> = self.rows(&text, [viewer.uuid().into(), events]).await?;
        Ok(rows.into_iter().filter_map(|Both(event, home)| Some((home.id, shown(event, &home)?))).collect())
    }

    /// What is said of single occurrences.
    async fn own(
        &self,
        found: &[OccurrenceRow],
        shown: &HashMap<Uuid, Shown>,
    ) -> anyhow::Result<HashMap<(Uuid, i64), Override>> {
        let repeats = |row: &&OccurrenceRow| shown.get(&row.object_id).is_some_and(|event| event.repeats);
        let repeating = || found.iter().filter(repeats);
        let originals = || repeating().map(|row| row.original_at);
        let (Some(first), Some(last)) = (originals().min(), originals().max()) else {
            return Ok(HashMap::new());
        };
        let text = own_text(self.writer());
        let events = dialect::list(distinct(repeating().map(|row| row.object_id)));
        let rows: Vec<OverrideRow> = self.rows(&text, [events, first.into(), last.into()]).await?;
        let named = |row: OverrideRow| {
            let object = row.object_id;
            row.into_override().map(|own| ((object, own.original), own))
        };
        Ok(rows.into_iter().filter_map(named).collect())
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
