//! `RECURRENCE-ID;RANGE=THISANDFUTURE` (RFC 5545 3.2.13): one component that changes an occurrence and
//! all later ones.
//!
//! Such a series is cut there, as an edit of those that follow does here: the later part becomes an
//! event of its own, whose uid is made of the series' and of the place, the same every time. Which
//! occurrences are later says their RECURRENCE-ID; those with a component of their own stay as it says.

use std::collections::HashSet;

use madang_application::calendar::ports::{Cut, Entry};
use madang_domain::{
    calendar::{
        Event, EventTime, Frame, Length, Override, Recurrence, Renaming, Timing, Uid, Window,
        domain_events::Renamed, time::DAY,
    },
    shared::{Id, Text, Timestamp},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    alarms,
    amend::{HOW_OFTEN, WHEN, replace},
    component,
    lines::{Component, Item},
    read::{self, Report},
    write::{time, when},
    zones::Zones,
};

/// How far ahead a moved rhythm is compared with the one it is to be.
const COMPARED: i64 = 800 * DAY;
const COMPARED_RARE: i64 = 30 * 366 * DAY;

/// What a cut takes of the work one file may cost.
const CUT_STEPS: u32 = 40_000;

/// Series with more components than that stay whole.
const MOST_COMPONENTS: usize = 1_000;

/// Most dates of a rhythm that no rule can say any more.
const MOST_DATES: usize = 750;

/// The entry, and the entries that go on where a component changes all that follow.
pub(super) fn split(
    entry: Entry,
    components: Vec<Component>,
    zones: &mut Zones,
    report: &mut Report<'_>,
) -> Vec<Entry> {
    let (mut done, mut entry, mut components) = (Vec::new(), entry, components);
    let mut failed = HashSet::new();
    while let Some((at, index)) = next(&entry, &components, &failed) {
        let changed = components[index].clone();
        let room = report.steps.checked_sub(CUT_STEPS).filter(|_| components.len() <= MOST_COMPONENTS);
        let halves = room.and_then(|room| {
            *report.steps = room;
            cut(&entry, &components, (at, &changed), zones, report)
        });
        match halves {
            Some((head, rest, left)) => {
                report.warn(
                    changed.number,
                    "splitSeries",
                    "The occurrences from here on are an event of their own.".to_owned(),
                );
                done.extend(head);
                (entry, components) = (rest, left);
            }
            None => {
                failed.insert(at);
                report.warn(
                    changed.number,
                    "keptNotExpanded",
                    "RANGE is kept, but the change is shown for one occurrence only.".to_owned(),
                );
            }
        }
    }
    done.push(entry);
    done
}

/// The first place from which on a component changes everything.
fn next(entry: &Entry, components: &[Component], failed: &HashSet<i64>) -> Option<(i64, usize)> {
    let start = &entry.timing.as_ref()?.start;
    let place = |(index, component): (usize, &Component)| {
        let id = component.line("RECURRENCE-ID")?;
        let future = id.param("RANGE")?.eq_ignore_ascii_case("THISANDFUTURE");
        let at = read::original(&id.text, start).filter(|at| future && !failed.contains(at))?;
        Some((at, index))
    };
    components.iter().enumerate().filter_map(place).min()
}

type Halves = (Option<Entry>, Entry, Vec<Component>);

/// Cuts a series at a place: what was before, if anything, and what goes on.
fn cut(
    entry: &Entry,
    components: &[Component],
    (at, changed): (i64, &Component),
    zones: &mut Zones,
    report: &mut Report<'_>,
) -> Option<Halves> {
    let mut head = event(entry);
    let frame = head.timing.as_ref()?.start.frame();
    if !head.has_occurrence(at) {
        return None;
    }
    let series = components.iter().rfind(|component| component.line("RECURRENCE-ID").is_none())?;
    let rules = series.lines().filter(|line| HOW_OFTEN.contains(&line.name.as_str()));
    if !rules.map(|line| &line.text).eq(entry.recurrence.lines()) {
        // There is more to its rhythm than we understand.
        return None;
    }
    let whole = head.begins_at(at);
    let rest =
        if whole { head.clone() } else { head.split_off(at, nil(), Timestamp::from_micros(0)).ok()? };
    let old = rest.timing.clone()?;
    let named = frame.time(at);
    let new =
        component::timing(changed, zones, report).unwrap_or(Timing { start: named.clone(), ..old.clone() });
    let renaming = Renaming::between(&named, &new.start);
    let moved = |time: &EventTime| match &renaming {
        Some(renaming) => renaming.shifted(time).map(|moved| in_frame(moved, &new.start)),
        None => Some(time.clone()),
    };
    let name = |original: i64| renaming.as_ref().map_or(Some(original), |renaming| renaming.of(original));
    let start = moved(&old.start)?;
    let recurrence = rhythm(&rest, &old.start, &start, name)?;
    let uid = if whole { entry.uid.clone() } else { uid(&entry.uid, &named) };
    let mut overrides = Vec::new();
    for differs in rest.overrides.iter().filter(|differs| differs.original != at) {
        overrides.push(Override { original: name(differs.original)?, ..differs.clone() });
    }
    let link = Cut { of: entry.uid.clone(), from: at, renamed: Renamed::between(&named, &new.start) };
    let mut master = changed.clone();
    master.items.retain(|item| !matches!(item, Item::Line(line) if line.name == "RECURRENCE-ID"));
    if start != new.start {
        replace(&mut master, &WHEN, when(entry.kind, &Timing { start: start.clone(), ..new.clone() }, true));
    }
    let mut left = vec![renamed(&master, &uid, None, recurrence.lines())];
    let mut kept = Vec::new();
    for component in components {
        let Some(id) = component.line("RECURRENCE-ID") else { continue };
        let original = read::original(&id.text, &entry.timing.as_ref()?.start)?;
        if original < at {
            kept.push(component.clone());
        } else if original > at {
            let range = id.param("RANGE").map(str::to_owned);
            let place = new.start.frame().time(name(original)?);
            let place = time("RECURRENCE-ID", &place);
            let place = match range {
                Some(range) => place.replacen("RECURRENCE-ID", &format!("RECURRENCE-ID;RANGE={range}"), 1),
                None => place,
            };
            left.push(renamed(component, &uid, Some(place), &[]));
        }
    }
    let rest = Entry {
        uid,
        line: changed.number,
        kind: entry.kind,
        details: component::details(changed, report),
        timing: Some(Timing { start, ..new }),
        recurrence,
        overrides,
        completed_at: component::completed(changed),
        sequence: entry.sequence,
        ical: texts(&left),
        alarms: alarms::found(changed),
        cut: if whole { entry.cut.clone() } else { Some(link) },
        rows: 1,
    };
    if whole {
        return Some((None, rest, left));
    }
    let mut series = series.clone();
    replace(&mut series, &HOW_OFTEN, head.recurrence.lines().to_vec());
    kept.insert(0, series);
    let head = Entry {
        uid: entry.uid.clone(),
        line: entry.line,
        kind: entry.kind,
        details: head.details,
        timing: head.timing,
        recurrence: head.recurrence,
        overrides: head.overrides,
        completed_at: entry.completed_at,
        sequence: entry.sequence,
        ical: texts(&kept),
        alarms: entry.alarms.clone(),
        cut: entry.cut.clone(),
        rows: 1,
    };
    Some((Some(head), rest, left))
}

/// What the entry says as an event, to do the surgery on.
pub(super) fn event(entry: &Entry) -> Event {
    Event {
        id: nil(),
        calendar: Id::new(Uuid::nil()),
        uid: entry.uid.clone(),
        kind: entry.kind,
        details: entry.details.clone(),
        timing: entry.timing.clone(),
        recurrence: entry.recurrence.clone(),
        overrides: entry.overrides.clone(),
        completed_at: entry.completed_at,
        sequence: entry.sequence,
        version: 1,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        ical: None,
        alarms_of: None,
    }
}

fn nil() -> Id<Event> {
    Id::new(Uuid::nil())
}

/// A moved time on the clock of the series that goes on.
fn in_frame(moved: EventTime, like: &EventTime) -> EventTime {
    match (like.frame(), moved.civil()) {
        (Frame::Date, civil) => EventTime::Date(civil.date()),
        (Frame::Floating, civil) => EventTime::Floating(civil),
        (Frame::Zoned(zone), civil) => EventTime::Zoned(civil, zone),
    }
}

/// The rhythm of the rest, each occurrence moved by as much: by its rules where they say so, else by
/// its dates.
fn rhythm(
    rest: &Event,
    old: &EventTime,
    new: &EventTime,
    name: impl Fn(i64) -> Option<i64>,
) -> Option<Recurrence> {
    let moved = rest.recurrence.moved(old, new);
    let window = |recurrence: &Recurrence, start: &EventTime, to: i64| {
        let found = recurrence.occurrences(start, Length::default(), Window { from: i64::MIN, to });
        let places = found.instances.iter().map(|instance| instance.start).collect::<Vec<i64>>();
        (!found.truncated).then_some(places)
    };
    // What counts months and years has few occurrences, and its odd ones are far apart.
    let is_rare = |line: &String| line.contains("MONTHLY") || line.contains("YEARLY");
    let ahead = if rest.recurrence.lines().iter().any(is_rare) { COMPARED_RARE } else { COMPARED };
    let near = old.micros().saturating_add(ahead);
    let wanted: Vec<i64> =
        window(&rest.recurrence, old, near)?.into_iter().map(&name).collect::<Option<_>>()?;
    let last = wanted.last().copied().unwrap_or(i64::MIN);
    for candidate in [Some(moved), rest.recurrence.shifted(old, new)].into_iter().flatten() {
        let found = window(&candidate, new, last.saturating_add(1));
        if found.is_some_and(|found| found == wanted) {
            return Some(candidate);
        }
    }
    if rest.recurrence.is_endless() {
        return None;
    }
    let all = rest.recurrence.occurrences(old, Length::default(), Window::ALWAYS);
    if all.truncated || all.instances.len() > MOST_DATES {
        return None;
    }
    let frame = new.frame();
    let mut lines = Vec::new();
    if all.instances.iter().all(|instance| instance.start != old.micros()) {
        lines.push(time("EXDATE", new));
    }
    for instance in all.instances {
        let place = name(instance.start)?;
        if place != new.micros() {
            lines.push(time("RDATE", &frame.time(place)));
        }
    }
    Some(Recurrence::restore(lines))
}

/// The name of what goes on from a place: the same for the same place of the same series.
fn uid(series: &Uid, at: &EventTime) -> Uid {
    let name = format!("{series}/{at}");
    if Uid::parse(&name).is_ok() {
        return Uid::restore(name);
    }
    let digest = Sha256::digest(name.as_bytes());
    Uid::restore(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>() + "@madang")
}

fn renamed(component: &Component, uid: &Uid, place: Option<String>, rules: &[String]) -> Component {
    let mut component = component.clone();
    replace(&mut component, &["UID"], vec![format!("UID:{uid}")]);
    replace(&mut component, &HOW_OFTEN, rules.to_vec());
    if let Some(place) = place {
        replace(&mut component, &["RECURRENCE-ID"], vec![place]);
    }
    component
}

fn texts(components: &[Component]) -> String {
    components.iter().map(Component::text).collect::<Vec<_>>().join("\n")
}
