//! From a file to entries: components by their uid, each with the occurrences that differ from it.

use std::collections::{
    HashMap,
    hash_map::Entry::{Occupied, Vacant},
};

use madang_application::calendar::ports::{Entry, ReadFile, Warning};
use madang_domain::{
    calendar::{
        Details, EventKind, EventStatus, EventTime, Override, Recurrence, Timing, Uid, Visibility, errors,
    },
    shared::{Refusal, Text, Timestamp},
};
use sha2::{Digest, Sha256};

use super::{
    alarms, component, cuts,
    lines::{self, Component, Item, Line, MOST_WARNINGS, excerpt},
    lunar, ranges,
    zones::{Meaning, Zones},
};

/// How some programs say that a rule has no COUNT.
const NO_COUNT: &str = ";COUNT=-1";

/// How many periods the rules of one file may take to be counted out: some ten thousand daily
/// series, or forty that find nothing as slowly as they can.
const MOST_STEPS: u32 = 8_000_000;

/// How many occurrences of series one file may bring: some four hundred that happen every day, three
/// thousand weekly ones.
const MOST_OCCURRENCES: usize = 500_000;

/// What says when something is, or hangs on that.
const DATED: [&str; 8] =
    ["DTSTART", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

/// Collects warnings about one entry.
pub(super) struct Report<'a> {
    pub(super) warnings: &'a mut Vec<Warning>,
    pub(super) uid: String,
    /// How many periods of rules may still be looked at.
    pub(super) steps: &'a mut u32,
}

impl Report<'_> {
    /// Notes something about the entry.
    pub(super) fn warn(&mut self, line: u64, code: &'static str, text: String) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(Warning { line, uid: Some(excerpt(&self.uid)), code, text });
        }
    }
}

/// Reads a file.
pub(super) fn file(bytes: &[u8], now: Timestamp) -> Result<ReadFile, Refusal> {
    let mut read = file_within(bytes, MOST_STEPS)?;
    let mut room = MOST_OCCURRENCES;
    // Thousands of small series are written down as millions of occurrences, while others wait.
    for entry in read.entries.iter_mut().filter(|entry| entry.recurrence.repeats()) {
        entry.rows = ranges::event(entry).materialise(now).occurrences.len();
        room = room
            .checked_sub(entry.rows)
            .ok_or_else(|| errors::TOO_MANY_OCCURRENCES.with("max", MOST_OCCURRENCES))?;
    }
    Ok(read)
}

fn file_within(bytes: &[u8], mut steps: u32) -> Result<ReadFile, Refusal> {
    let mut warnings = Vec::new();
    let roots = lines::components(bytes, &mut warnings);
    if roots.is_empty() {
        return Err(errors::UNREADABLE_FILE.into());
    }
    let mut zones = Zones::default();
    let mut found = Vec::new();
    for root in roots {
        if root.name != "VCALENDAR" {
            found.push(root);
            continue;
        }
        zones.define(&root);
        found.extend(root.items.into_iter().filter_map(|item| match item {
            Item::Component(component) => Some(component),
            Item::Line(_) => None,
        }));
    }
    let mut order = Vec::new();
    let mut groups: HashMap<String, Vec<Component>> = HashMap::new();
    for mut component in found.into_iter().filter(|component| component.name != "VTIMEZONE") {
        lunar::inward(&mut component);
        let uid = uid(&mut component, &mut warnings);
        let group = groups.entry(uid.clone()).or_default();
        if group.is_empty() {
            order.push(uid);
        }
        group.push(component);
    }
    let mut entries = Vec::new();
    for uid in order {
        let Some(components) = groups.remove(&uid) else { continue };
        let mut report = Report { warnings: &mut warnings, uid, steps: &mut steps };
        let (entry, components) = entry(components, &mut zones, &mut report);
        entries.extend(ranges::split(entry, components, &mut zones, &mut report));
    }
    cuts::find(&mut entries);
    Ok(ReadFile { entries, warnings })
}

/// Reads the kept text of one entry again.
pub(super) fn kept(text: &str) -> Option<(Entry, Vec<Component>)> {
    let mut warnings = Vec::new();
    let mut components = lines::components(text.as_bytes(), &mut warnings);
    let uid = components.first_mut().map(|component| uid(component, &mut Vec::new()))?;
    let mut steps = MOST_STEPS;
    let mut report = Report { warnings: &mut warnings, uid, steps: &mut steps };
    Some((entry(components.clone(), &mut Zones::default(), &mut report).0, components))
}

/// The component's UID; one that has none gets one from what it says, the same every time.
fn uid(component: &mut Component, warnings: &mut Vec<Warning>) -> String {
    let given = component.line("UID").map(|line| line.value.trim().to_owned());
    if let Some(uid) = given.filter(|uid| Uid::parse(uid).is_ok()) {
        return uid;
    }
    let digest = Sha256::digest(component.text().as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let uid = format!("{hex}@madang");
    Report { warnings, uid: uid.clone(), steps: &mut 0 }.warn(
        component.number,
        "madeUid",
        format!("This {} has no usable UID and got one.", excerpt(&component.name)),
    );
    component.items.retain(|item| !matches!(item, Item::Line(line) if line.name == "UID"));
    let line = Line::parse(component.number, &format!("UID:{uid}"));
    component.items.splice(0..0, line.map(Item::Line));
    uid
}

/// The entry of components with one uid, and the components with zones that everybody knows.
fn entry(
    mut components: Vec<Component>,
    zones: &mut Zones,
    report: &mut Report<'_>,
) -> (Entry, Vec<Component>) {
    let entry = read_entry(&mut components, zones, report);
    (entry, components)
}

fn read_entry(components: &mut [Component], zones: &mut Zones, report: &mut Report<'_>) -> Entry {
    for component in components.iter_mut() {
        rename_zones(component, zones, report);
    }
    let (changed, mut masters): (Vec<&Component>, Vec<&Component>) =
        components.iter().partition(|component| component.line("RECURRENCE-ID").is_some());
    masters.sort_by_key(|component| sequence(component));
    if masters.len() > 1 {
        report.warn(
            masters[0].number,
            "duplicateUid",
            "The UID occurs twice; the latest one is shown.".to_owned(),
        );
    }
    let (master, changed) = match (masters.last(), changed.split_first()) {
        (Some(master), _) => (*master, &changed[..]),
        // Only single occurrences of somebody's series: the first of them has to be the event.
        (None, Some((first, others))) => (*first, others),
        (None, None) => (&components[0], &[][..]),
    };
    let kind = match master.name.as_str() {
        "VEVENT" => EventKind::Event,
        "VTODO" => EventKind::Task,
        _ => EventKind::Other,
    };
    let timing = if kind == EventKind::Other { None } else { component::timing(master, zones, report) };
    // A task needs no date (RFC 5545 3.6.2); a rhythm, a time nobody can read, or an occurrence does.
    let undated =
        kind == EventKind::Task && changed.is_empty() && DATED.iter().all(|name| master.line(name).is_none());
    let uid = Uid::restore(report.uid.clone());
    let ical = components.iter().map(Component::text).collect::<Vec<_>>().join("\n");
    let line = components.first().map_or(0, |component| component.number);
    if timing.is_none() && !undated {
        let text = if kind == EventKind::Other {
            "is kept and exported, but not shown."
        } else {
            "has no start; it is kept and exported, but not shown."
        };
        report.warn(master.number, "keptNotShown", format!("This {} {text}", excerpt(&master.name)));
        let (recurrence, overrides) = (Recurrence::default(), Vec::new());
        let details = plain_details();
        return Entry {
            uid,
            line,
            kind: EventKind::Other,
            details,
            timing: None,
            recurrence,
            overrides,
            completed_at: None,
            sequence: 0,
            ical,
            alarms: Vec::new(),
            cut: None,
            rows: 0,
        };
    }
    let timing = timing.filter(|_| !undated);
    let (recurrence, overrides) = match &timing {
        Some(timing) => {
            (recurrence(master, &timing.start, report), overrides(changed, timing, zones, report))
        }
        None => (Recurrence::default(), Vec::new()),
    };
    Entry {
        uid,
        line,
        kind,
        details: component::details(master, report),
        rows: usize::from(timing.is_some()),
        timing,
        recurrence,
        overrides,
        completed_at: component::completed(master),
        sequence: sequence(master),
        alarms: alarms::found(master),
        ical,
        cut: None,
    }
}

fn plain_details() -> Details {
    Details {
        title: None,
        description: madang_domain::calendar::Description::restore(String::new()),
        location: madang_domain::calendar::Location::restore(String::new()),
        status: EventStatus::Confirmed,
        visibility: Visibility::Public,
        blocks: true,
    }
}

fn sequence(component: &Component) -> i64 {
    let sequence = component.line("SEQUENCE").and_then(|line| line.value.trim().parse::<i64>().ok());
    sequence.filter(|sequence| (0..1_000_000_000).contains(sequence)).unwrap_or(0)
}

/// The lines we understand. The others stay in the kept text, and the report says so.
fn recurrence(master: &Component, start: &EventTime, report: &mut Report<'_>) -> Recurrence {
    let mut understood = Vec::new();
    for line in master.lines() {
        match line.name.as_str() {
            // Some programs write an empty rule for "does not repeat".
            "RRULE" | "RDATE" | "EXDATE" if line.value.trim().is_empty() => continue,
            "RRULE" | "RDATE" | "EXDATE" => {}
            "EXRULE" => {
                not_expanded(line, "EXRULE is not supported", report);
                continue;
            }
            _ => continue,
        }
        let text = line.text.replace(NO_COUNT, "");
        if text != line.text {
            report.warn(line.number, "repairedRule", "COUNT=-1 was read as no COUNT.".to_owned());
        }
        match Recurrence::parse(std::slice::from_ref(&text)) {
            Ok(_) => understood.push(text),
            Err(errors) => {
                let reason = errors.first().map_or_else(String::new, |error| {
                    let params = &error.refusal.params;
                    params
                        .iter()
                        .find(|(name, _)| *name == "reason")
                        .map_or_else(|| error.refusal.code.name.to_owned(), |(_, text)| text.clone())
                });
                not_expanded(line, &reason, report);
            }
        }
    }
    let recurrence = Recurrence::restore(understood);
    if recurrence.repeats() && recurrence.check_density_within(start, report.steps).is_err() {
        report.warn(
            master.number,
            "keptNotExpanded",
            "It repeats too often; only its first occurrence is shown.".to_owned(),
        );
        return Recurrence::default();
    }
    recurrence
}

fn not_expanded(line: &Line, reason: &str, report: &mut Report<'_>) {
    report.warn(
        line.number,
        "keptNotExpanded",
        format!("{} is kept but not expanded: {}", line.name, excerpt(reason)),
    );
}

fn overrides(
    changed: &[&Component],
    series: &Timing,
    zones: &mut Zones,
    report: &mut Report<'_>,
) -> Vec<Override> {
    let (mut overrides, mut places): (Vec<Override>, HashMap<i64, usize>) = Default::default();
    for component in changed {
        let Some(id) = component.line("RECURRENCE-ID") else { continue };
        let Some(original) = component::time(id, zones, report) else { continue };
        if id.param("RANGE").is_some_and(|range| !range.eq_ignore_ascii_case("THISANDFUTURE")) {
            report.warn(
                id.number,
                "keptNotExpanded",
                "RANGE is kept, but the change is shown for one occurrence only.".to_owned(),
            );
        }
        let original = place(&original, &series.start);
        let timing = component::timing(component, zones, report).unwrap_or_else(|| {
            let start = series.start.frame().time(original);
            Timing { start, ..series.clone() }
        });
        let differs = Override { original, timing, details: component::details(component, report) };
        // The last one wins.
        match places.entry(original) {
            Occupied(place) => overrides[*place.get()] = differs,
            Vacant(place) => {
                place.insert(overrides.len());
                overrides.push(differs);
            }
        }
    }
    overrides
}

/// Where the text of a RECURRENCE-ID points on the line of its series.
pub(super) fn original(line: &str, start: &EventTime) -> Option<i64> {
    let mut warnings = Vec::new();
    let mut report = Report { warnings: &mut warnings, uid: String::new(), steps: &mut 0 };
    let time = component::time(&Line::parse(0, line)?, &mut Zones::default(), &mut report)?;
    Some(place(&time, start))
}

/// Where a RECURRENCE-ID points on the line of its series, also where it is of another kind.
fn place(original: &EventTime, start: &EventTime) -> i64 {
    match (original, start) {
        (EventTime::Zoned(..), EventTime::Zoned(..))
        | (EventTime::Floating(_), EventTime::Floating(_))
        | (EventTime::Date(_), EventTime::Date(_)) => original.micros(),
        (EventTime::Date(day), EventTime::Floating(local)) => {
            EventTime::Floating(day.to_datetime(local.time())).micros()
        }
        (EventTime::Date(day), EventTime::Zoned(local, zone)) => {
            EventTime::Zoned(day.to_datetime(local.time()), zone.clone()).micros()
        }
        (EventTime::Floating(local), EventTime::Zoned(_, zone)) => {
            EventTime::Zoned(*local, zone.clone()).micros()
        }
        (EventTime::Zoned(local, _), EventTime::Floating(_)) => EventTime::Floating(*local).micros(),
        (EventTime::Floating(local) | EventTime::Zoned(local, _), EventTime::Date(_)) => {
            EventTime::Date(local.date()).micros()
        }
    }
}

/// Gives foreign zones the names everybody knows, so that what is kept can be exported without the
/// file's own VTIMEZONEs.
fn rename_zones(component: &mut Component, zones: &mut Zones, report: &mut Report<'_>) {
    for item in &mut component.items {
        let line = match item {
            Item::Component(inner) => {
                rename_zones(inner, zones, report);
                continue;
            }
            Item::Line(line) => line,
        };
        let Some(id) = line.param("TZID").map(str::to_owned) else { continue };
        let (zone, how) = match zones.meaning(&id) {
            Meaning::Known(zone) if zone.name() == id => continue,
            Meaning::Known(zone) => (zone, None),
            Meaning::Alias(zone) => (zone, Some("stands for")),
            Meaning::Guessed(zone) => (zone, Some("has the offsets of")),
            Meaning::Unknown => {
                report.warn(
                    line.number,
                    "unknownTimeZone",
                    format!("The zone {} is not known; its times are local ones.", excerpt(&id)),
                );
                continue;
            }
        };
        if let Some(how) = how {
            report.warn(line.number, "repairedTimeZone", format!("The zone {} {how} {zone}.", excerpt(&id)));
        }
        *line = line.with_zone(zone.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 300 rules that look at every second of a year and find nothing take what one file may take,
    /// and not 300 times as much as one.
    #[test]
    fn n02_many_slow_rules_cost_what_a_few_do() {
        let slow = "RRULE:FREQ=MINUTELY;BYDAY=MO;BYSETPOS=60";
        let mut text = String::from("BEGIN:VCALENDAR\n");
        for number in 0..300 {
            text += &format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:20260101T090000Z\n{slow}\nEND:VEVENT\n");
        }
        text += "BEGIN:VEVENT\nUID:last\nDTSTART:20260101T090000Z\nSUMMARY:kept\nEND:VEVENT\nEND:VCALENDAR\n";
        let mut steps = 100_000;
        let mut warnings = Vec::new();
        let mut report = Report { warnings: &mut warnings, uid: String::new(), steps: &mut steps };
        let start = EventTime::at(Timestamp::from_micros(0), &madang_domain::calendar::Zone::utc());
        let line = Line::parse(1, slow).unwrap();
        let master = Component { name: "VEVENT".to_owned(), number: 1, items: vec![Item::Line(line)] };
        assert!(!recurrence(&master, &start, &mut report).repeats());
        assert!(steps < 50_000, "one takes much of it: {steps}");
        let read = file_within(text.as_bytes(), 100_000).unwrap();
        assert_eq!(read.entries.len(), 301);
        assert_eq!(read.warnings.iter().filter(|warning| warning.code == "keptNotExpanded").count(), 300);
        assert!(read.entries.iter().all(|entry| !entry.recurrence.repeats()));
    }
}
