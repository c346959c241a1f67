//! Writes events with their overrides and occurrences, many at a time.

use madang_application::shared::Tx;
use madang_domain::{
    calendar::{Calendar, Details, Event, EventTime, Frame, Length, Materialised, Timing},
    shared::Id,
};
use sea_orm::{FromQueryResult, Value};

use super::{
    bulk::{insert, insert_from, placeholders},
    lanes, reminders,
    rows::{frame_name, start_text},
    search,
};
use crate::sql::{later, row, settled};

const OBJECT: &str = "INSERT INTO calendar_objects (id, calendar_id, uid, kind, title, description, location, \
     status, visibility, blocks, frame, time_zone, end_zone, begins, begins_at, length_days, length_micros, recurrence, \
     repeats, covers_from, covers_to, first_at, last_at, completed_at, sequence, version, ical, created_at, \
     updated_at, searchable, alarms_of, rev)";

const OBJECT_TAIL: &str = "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title, \
     description = excluded.description, location = excluded.location, status = excluded.status, \
     visibility = excluded.visibility, blocks = excluded.blocks, frame = excluded.frame, time_zone = excluded.time_zone, \
     end_zone = excluded.end_zone, begins = excluded.begins, begins_at = excluded.begins_at, \
     length_days = excluded.length_days, length_micros = excluded.length_micros, \
     recurrence = excluded.recurrence, repeats = excluded.repeats, covers_from = excluded.covers_from, \
     covers_to = excluded.covers_to, first_at = excluded.first_at, last_at = excluded.last_at, \
     completed_at = excluded.completed_at, sequence = excluded.sequence, version = excluded.version, \
     rev = excluded.rev, ical = excluded.ical, updated_at = excluded.updated_at, searchable = excluded.searchable, \
     alarms_of = excluded.alarms_of, hidden_from = CASE \
     WHEN excluded.kind = 'other' AND calendar_objects.kind <> 'other' THEN excluded.rev \
     WHEN excluded.visibility = 'public' OR (excluded.visibility = 'confidential' AND excluded.kind = 'event') THEN NULL \
     WHEN calendar_objects.visibility = 'public' \
     OR (calendar_objects.visibility = 'confidential' AND calendar_objects.kind = 'event') THEN excluded.rev \
     ELSE calendar_objects.hidden_from END";

const OVERRIDE: &str = "INSERT INTO calendar_overrides (object_id, original_at, title, description, location, \
     status, visibility, blocks, frame, time_zone, end_zone, begins, begins_at, length_days, length_micros)";

const OCCURRENCE: &str = "INSERT INTO calendar_occurrences (calendar_id, starts_at, id, ends_at, object_id, \
     original_at, floats, is_long, blocks, lane, long_from)";

#[derive(FromQueryResult)]
struct Rev {
    rev: i64,
}

/// The next `count` numbers of the calendar's change counter; the last of them is returned. The
/// row's lock makes numbers visible in their order: nobody who sees one misses a smaller one.
pub(super) async fn count_changes(tx: &mut Tx, calendar: Id<Calendar>, count: usize) -> anyhow::Result<i64> {
    let count = i64::try_from(count)?;
    let text = "UPDATE calendars SET rev = rev + $1 WHERE id = $2 RETURNING rev";
    let rev: Option<Rev> = row(tx, text, [count.into(), calendar.uuid().into()]).await?;
    Ok(rev.map_or(0, |row| row.rev))
}

/// Writes the events of a kept calendar and all that hangs on them.
pub(super) async fn save(
    tx: &mut Tx,
    calendar: Id<Calendar>,
    events: &[(Event, Materialised)],
) -> anyhow::Result<()> {
    let old =
        || events.iter().filter(|(event, _)| event.version > 1).map(|(event, _)| event.id.uuid().into());
    clear(tx, old().collect());
    // What is written meets what was taken away, and counts on from what was counted before.
    settled(tx).await?;
    let objects = events.iter().zip(1..).map(|((event, rows), number)| object(event, rows, number)).collect();
    insert_objects(tx, objects);
    insert(tx, OVERRIDE, events.iter().flat_map(|(event, _)| overrides(event)).collect(), "");
    insert(tx, OCCURRENCE, events.iter().flat_map(|(event, rows)| occurrences(event, rows)).collect(), "");
    count_on(tx, calendar, events)?;
    reminders::forget_plans(tx, old().collect());
    Ok(())
}

/// Takes away what hung on the events before.
fn clear(tx: &mut Tx, old: Vec<Value>) {
    if old.is_empty() {
        return;
    }
    let list = placeholders(1, old.len());
    for table in ["calendar_overrides", "calendar_occurrences"] {
        later(tx, format!("DELETE FROM {table} WHERE object_id IN ({list})"), old.clone());
    }
}

/// Writes rows of [`OBJECT`], which get the numbers that follow the change counter of their calendar.
fn insert_objects(tx: &mut Tx, objects: Vec<Vec<Value>>) {
    let width = objects.first().map_or(0, Vec::len);
    let columns: Vec<String> = (1..width).map(|column| format!("v.column{column}")).collect();
    let columns = columns.join(", ");
    insert_from(tx, objects, |tuples| {
        format!(
            "{OBJECT} SELECT {columns}, c.rev + v.column{width} FROM (VALUES {tuples}) v CROSS JOIN calendars c \
             WHERE c.id = v.column2 {OBJECT_TAIL}"
        )
    });
}

/// Counts the changes of a kept calendar, and notes in it which lanes it has.
fn count_on(tx: &mut Tx, calendar: Id<Calendar>, events: &[(Event, Materialised)]) -> anyhow::Result<()> {
    let rows = events.iter().flat_map(|(_, rows)| &rows.occurrences);
    let lanes = rows.fold(0, |lanes, occurrence| lanes | lane_of(occurrence));
    let text = "UPDATE calendars SET rev = rev + $1, lanes = lanes | $2 WHERE id = $3";
    let count = i64::try_from(events.len())?;
    later(tx, text, [count.into(), lanes.into(), calendar.uuid().into()]);
    Ok(())
}

/// A row of [`OBJECT`]; the last value is the how many-th change it is.
fn object(event: &Event, rows: &Materialised, number: i64) -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        event.id.uuid().into(),
        event.calendar.uuid().into(),
        event.uid.as_str().into(),
        event.kind.name().into(),
    ];
    values.extend(details(&event.details));
    values.extend(timing(event.timing.as_ref()));
    values.extend([
        event.recurrence.lines().join("\n").into(),
        (event.recurrence.repeats() || !event.overrides.is_empty()).into(),
        rows.covers.map(|window| window.from).into(),
        rows.covers.map(|window| window.to).into(),
        rows.first.into(),
        rows.last.into(),
        event.completed_at.map(|at| at.micros()).into(),
        event.sequence.into(),
        event.version.into(),
        event.ical.as_deref().into(),
        event.created_at.micros().into(),
        event.updated_at.micros().into(),
        search::words(&event.details).into(),
        event.alarms_of.map(|user| user.uuid()).into(),
        number.into(),
    ]);
    values
}

fn overrides(event: &Event) -> Vec<Vec<Value>> {
    let row = |differs: &madang_domain::calendar::Override| {
        let mut values: Vec<Value> = vec![event.id.uuid().into(), differs.original.into()];
        values.extend(details(&differs.details));
        values.extend(timing(Some(&differs.timing)));
        values
    };
    event.overrides.iter().map(row).collect()
}

fn occurrences(event: &Event, rows: &Materialised) -> Vec<Vec<Value>> {
    let row = |occurrence: &madang_domain::calendar::Occurrence| {
        let lane = lane_of(occurrence);
        vec![
            event.calendar.uuid().into(),
            occurrence.start.into(),
            occurrence.id(event.id).into(),
            occurrence.end.into(),
            event.id.uuid().into(),
            occurrence.original.into(),
            occurrence.floats.into(),
            (lane > 0).into(),
            event.blocks_at(occurrence).into(),
            lane.into(),
            (lane > 0).then_some(occurrence.start).into(),
        ]
    };
    rows.occurrences.iter().map(row).collect()
}

fn lane_of(occurrence: &madang_domain::calendar::Occurrence) -> i64 {
    lanes::lane(occurrence.end.saturating_sub(occurrence.start))
}

fn details(details: &Details) -> [Value; 6] {
    [
        details.title.as_ref().map(|title| title.as_str().to_owned()).into(),
        details.description.as_str().into(),
        details.location.as_str().into(),
        details.status.name().into(),
        details.visibility.name().into(),
        details.blocks.into(),
    ]
}

fn timing(timing: Option<&Timing>) -> [Value; 7] {
    let frame = timing.map(|timing| timing.start.frame());
    let zone = frame.as_ref().and_then(|frame| match frame {
        Frame::Zoned(zone) => Some(zone.name().to_owned()),
        Frame::Date | Frame::Floating => None,
    });
    let end_zone = timing.and_then(|timing| timing.end_zone.as_ref()).map(|zone| zone.name().to_owned());
    let start: Option<&EventTime> = timing.map(|timing| &timing.start);
    let length = timing.map_or(Length::default(), |timing| timing.length);
    [
        frame.as_ref().map(|frame| frame_name(frame).to_owned()).into(),
        zone.into(),
        end_zone.into(),
        start.map(start_text).into(),
        start.map(EventTime::micros).into(),
        length.days.into(),
        length.micros.into(),
    ]
}
