//! Series that other programs cut before they wrote the file: one entry goes on for another.
//!
//! iCalendar has no word for it. Google names what goes on `<series>_R<place>@google.com`, where the
//! place is the first occurrence that changed, in UTC for a timed series; cut once more, it is named
//! by the first series again. Apple gives all parts one
//! `RELATED-TO;RELTYPE=X-CALENDARSERVER-RECURRENCE-SET`, and says nowhere what a part begins with: it
//! is the first occurrence that the part before it does not have any more.

use std::collections::{BTreeMap, HashSet};

use madang_application::calendar::ports::{Cut, Entry};
use madang_domain::calendar::{
    EventTime, Frame, Length, Recurrence, Window, Zone,
    domain_events::Renamed,
    recurrence::values::{Written, written},
    time::DAY,
};

use super::lines::Line;

const GOOGLE: &str = "@google.com";
const APPLE: &str = "X-CALENDARSERVER-RECURRENCE-SET";

/// How far behind the end of a series its next occurrence is looked for, first and at last.
const AHEAD: [i64; 2] = [32 * DAY, 400 * DAY];

/// Notes of every entry which one it goes on for.
pub(super) fn find(entries: &mut [Entry]) {
    let mut parts: BTreeMap<String, Vec<(i64, usize)>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(start) = entry.timing.as_ref().map(|timing| &timing.start) else { continue };
        if let Some((series, place)) = origin(entry.uid.as_str()) {
            let place = time_of(place, start, start).map(|place| (place.micros(), index));
            parts.entry(series).or_default().extend(place);
        } else if entry.uid.as_str().ends_with(GOOGLE) {
            parts.entry(entry.uid.to_string()).or_default().push((i64::MIN, index));
        } else if let Some(set) = apple_set(entry) {
            parts.entry(format!("{APPLE} {set}")).or_default().push((start.micros(), index));
        }
    }
    for mut parts in parts.into_values() {
        parts.sort_unstable();
        for pair in parts.windows(2) {
            let (before, after) = (&entries[pair[0].1], &entries[pair[1].1]);
            let cut = cut(before, after);
            let after = &mut entries[pair[1].1];
            after.cut = after.cut.take().or(cut);
        }
    }
}

/// How an entry goes on for the one before it.
fn cut(before: &Entry, after: &Entry) -> Option<Cut> {
    let (series, start) = (&before.timing.as_ref()?.start, &after.timing.as_ref()?.start);
    let at = match origin(after.uid.as_str()) {
        Some((_, place)) => time_of(place, series, start)?,
        None => series.frame().time(next(series, &before.recurrence)?),
    };
    Some(Cut { of: before.uid.clone(), from: at.micros(), renamed: Renamed::between(&at, start) })
}

/// Where a series would go on that was made to end.
fn next(start: &EventTime, recurrence: &Recurrence) -> Option<i64> {
    let end = recurrence.ends_by(start)?;
    let without_end = |line: &String| {
        let parts = line.split(';').filter(|part| !part.to_ascii_uppercase().starts_with("UNTIL="));
        parts.collect::<Vec<_>>().join(";")
    };
    let endless = Recurrence::restore(recurrence.lines().iter().map(without_end).collect());
    AHEAD.iter().find_map(|ahead| {
        // The end is a bound, days behind the last occurrence.
        let window = Window { from: end.saturating_sub(4 * DAY), to: end.saturating_add(*ahead) };
        let starts = |recurrence: &Recurrence| {
            let found = recurrence.occurrences(start, Length::default(), window).instances;
            found.into_iter().map(|instance| instance.start)
        };
        let there: HashSet<i64> = starts(recurrence).collect();
        starts(&endless).find(|place| !there.contains(place))
    })
}

/// What Apple calls the series whose part an entry is.
fn apple_set(entry: &Entry) -> Option<String> {
    let lines = entry.ical.lines().filter(|line| line.contains(APPLE));
    let lines = lines.filter_map(|line| Line::parse(0, line));
    let mut sets = lines.filter(|line| line.name == "RELATED-TO" && line.param("RELTYPE") == Some(APPLE));
    sets.next().map(|line| line.value)
}

/// The series an uid was first cut from, and the text of the place.
fn origin(uid: &str) -> Option<(String, &str)> {
    let (mut series, place) = cut_off(uid.strip_suffix(GOOGLE)?)?;
    while let Some((before, _)) = cut_off(series) {
        series = before;
    }
    Some((format!("{series}{GOOGLE}"), place))
}

fn cut_off(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once("_R").filter(|(series, place)| !series.is_empty() && written(place).is_some())
}

/// The place on the clock of the series. Digits that are where the entry begins are local ones.
fn time_of(place: &str, series: &EventTime, start: &EventTime) -> Option<EventTime> {
    Some(match (written(place)?, series.frame()) {
        (Written::Date(date), Frame::Date) => EventTime::Date(date),
        (Written::Local(local), Frame::Floating) => EventTime::Floating(local),
        (Written::Local(local), Frame::Zoned(zone)) if start.civil() == local => {
            EventTime::Zoned(local, zone)
        }
        (Written::Local(local), Frame::Zoned(zone)) => {
            Frame::Zoned(zone).time(EventTime::Zoned(local, Zone::utc()).micros())
        }
        (Written::Utc(instant), Frame::Zoned(zone)) => Frame::Zoned(zone).time(instant.micros()),
        _ => return None,
    })
}
