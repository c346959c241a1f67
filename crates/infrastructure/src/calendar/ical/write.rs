//! From events to a file.

use std::collections::BTreeSet;

use madang_application::calendar::guestbook::Guestbook;
use madang_domain::{
    calendar::{
        Calendar, Details, Event, EventKind, EventStatus, EventTime, Length, Timing, Visibility, Zone,
        given::due_by, recurrence::values,
    },
    shared::Timestamp,
};

use super::{alarms, amend, lunar, people, read, timezone};

/// Most octets of a line, without its end (RFC 5545 3.1).
const WIDTH: usize = 75;

/// Writes a whole calendar.
pub(super) fn calendar(calendar: &Calendar, events: &[Event], people: &Guestbook, now: Timestamp) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Madang//Madang Calendar//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        format!("NAME:{}", escaped(calendar.name.as_str())),
        format!("X-WR-CALNAME:{}", escaped(calendar.name.as_str())),
        format!("X-WR-TIMEZONE:{}", calendar.zone),
        format!("X-APPLE-CALENDAR-COLOR:{}", calendar.color),
    ];
    if !calendar.description.as_str().is_empty() {
        lines.push(format!("DESCRIPTION:{}", escaped(calendar.description.as_str())));
    }
    let parts: Vec<String> =
        events.iter().map(|event| lunar::outward(text(event, people), event, now)).collect();
    for zone in used_zones(&parts) {
        lines.extend(timezone::component(&zone));
    }
    for part in &parts {
        lines.extend(part.lines().map(str::to_owned));
    }
    lines.push("END:VCALENDAR".to_owned());
    let mut file = String::new();
    for line in &lines {
        fold(line, &mut file);
    }
    file
}

fn text(event: &Event, people: &Guestbook) -> String {
    let text = plain(event);
    match people {
        Guestbook::Closed => people::anonymous(&text),
        Guestbook::Open { people, alarms } => {
            let text = alarms::personal(&text, event, alarms);
            let start = event.timing.as_ref().map(|timing| &timing.start);
            match people.get(&event.id) {
                Some(company) => people::with_company(&text, company, |line| read::original(line, start?)),
                None => text,
            }
        }
    }
}

/// The components of an event with all there is in them.
pub(super) fn plain(event: &Event) -> String {
    match &event.ical {
        Some(text) => amend::brought_up_to_date(event, text),
        None => components(event),
    }
}

/// The components of an event that was made here.
pub(super) fn components(event: &Event) -> String {
    let Some(timing) = &event.timing else {
        return match event.kind {
            EventKind::Task => component(event, None, &event.details, None).join("\n"),
            EventKind::Event | EventKind::Other => event.ical.clone().unwrap_or_default(),
        };
    };
    let mut lines = component(event, Some(timing), &event.details, None);
    for differs in &event.overrides {
        let original = timing.start.frame().time(differs.original);
        lines.extend(component(event, Some(&differs.timing), &differs.details, Some(&original)));
    }
    lines.join("\n")
}

/// One component: the event itself, or one of its differing occurrences.
pub(super) fn component(
    event: &Event,
    timing: Option<&Timing>,
    details: &Details,
    original: Option<&EventTime>,
) -> Vec<String> {
    let name = if event.kind == EventKind::Task { "VTODO" } else { "VEVENT" };
    let mut lines = vec![format!("BEGIN:{name}"), format!("UID:{}", event.uid)];
    lines.push(format!("DTSTAMP:{}", utc(event.updated_at)));
    lines.push(format!("CREATED:{}", utc(event.created_at)));
    lines.push(format!("LAST-MODIFIED:{}", utc(event.updated_at)));
    lines.push(format!("SEQUENCE:{}", event.sequence));
    lines.extend(original.map(|original| time("RECURRENCE-ID", original)));
    lines.extend(timing.iter().flat_map(|timing| when(event.kind, timing, event.repeats())));
    if original.is_none() {
        lines.extend(event.recurrence.lines().iter().cloned());
    }
    lines.extend(said(details, event.kind, event.completed_at));
    lines.push(format!("END:{name}"));
    lines
}

/// The lines that say when.
pub(super) fn when(kind: EventKind, timing: &Timing, repeats: bool) -> Vec<String> {
    let is_task = kind == EventKind::Task;
    let moment = Length { days: i64::from(timing.start.is_date()), micros: 0 };
    if is_task && timing.length == moment && !repeats {
        // Due then, and that is all; a rhythm would have to begin somewhere (RFC 5545 3.8.5.3).
        return vec![time("DUE", &timing.start)];
    }
    let mut lines = vec![time("DTSTART", &timing.start)];
    let (end_name, length) = (if is_task { "DUE" } else { "DTEND" }, timing.length);
    if length == Length::default() {
        return lines;
    }
    if length.days != 0 && !timing.start.is_date() {
        lines.push(format!("DURATION:P{}DT{}S", length.days, length.micros / 1_000_000));
        return lines;
    }
    let end = timing.end_of(timing.start.micros());
    let end = match &timing.end_zone {
        Some(zone) => EventTime::at(Timestamp::from_micros(end), zone),
        None => timing.start.frame().time(end),
    };
    let end = if is_task { due_by(end) } else { end };
    lines.push(time(end_name, &end));
    lines
}

/// The lines that say what.
pub(super) fn said(details: &Details, kind: EventKind, completed_at: Option<Timestamp>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(details.title.as_ref().map(|title| format!("SUMMARY:{}", escaped(title.as_str()))));
    for (name, text) in
        [("DESCRIPTION", details.description.as_str()), ("LOCATION", details.location.as_str())]
    {
        if !text.is_empty() {
            lines.push(format!("{name}:{}", escaped(text)));
        }
    }
    lines.extend(status(details.status, kind, completed_at).map(|status| format!("STATUS:{status}")));
    lines.extend(completed_at.map(|at| format!("COMPLETED:{}", utc(at))));
    lines.extend(class(details.visibility).map(|class| format!("CLASS:{class}")));
    if kind == EventKind::Event && !details.blocks {
        lines.push("TRANSP:TRANSPARENT".to_owned());
    }
    lines
}

/// The word for a status, where there is one to say.
pub(super) fn status(
    status: EventStatus,
    kind: EventKind,
    completed: Option<Timestamp>,
) -> Option<&'static str> {
    match (status, kind) {
        (EventStatus::Cancelled, _) => Some("CANCELLED"),
        (_, EventKind::Task) if completed.is_some() => Some("COMPLETED"),
        (EventStatus::Tentative, EventKind::Event) => Some("TENTATIVE"),
        (EventStatus::Confirmed, EventKind::Event) => Some("CONFIRMED"),
        (EventStatus::Confirmed | EventStatus::Tentative, EventKind::Task | EventKind::Other) => None,
    }
}

fn class(visibility: Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Public => None,
        Visibility::Private => Some("PRIVATE"),
        Visibility::Confidential => Some("CONFIDENTIAL"),
    }
}

/// A property that holds a time.
pub(super) fn time(name: &str, time: &EventTime) -> String {
    match time {
        EventTime::Date(date) => format!("{name};VALUE=DATE:{}", values::write_date(*date)),
        EventTime::Floating(local) => format!("{name}:{}", values::write_local(*local)),
        EventTime::Zoned(local, zone) if zone.is_utc() => format!("{name}:{}Z", values::write_local(*local)),
        EventTime::Zoned(local, zone) => format!("{name};TZID={zone}:{}", values::write_local(*local)),
    }
}

/// An instant in UTC.
pub(super) fn utc(instant: Timestamp) -> String {
    format!("{}Z", values::write_local(Zone::utc().local(instant)))
}

/// TEXT with its escapes (RFC 5545 3.3.11).
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| *c != '\r') {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Every zone that some line names.
fn used_zones(parts: &[String]) -> Vec<Zone> {
    let mut names = BTreeSet::new();
    for line in parts.iter().flat_map(|part| part.lines()) {
        let head = line.split_once(':').map_or("", |(head, _)| head);
        names.extend(head.split(';').filter_map(|param| param.strip_prefix("TZID=")));
    }
    let zones = names.into_iter().filter_map(|name| Zone::parse(name).ok());
    zones.filter(|zone| !zone.is_utc()).collect()
}

/// Folds by octets, never inside a character: a Korean syllable is three octets.
pub(super) fn fold(line: &str, out: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > WIDTH {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}
