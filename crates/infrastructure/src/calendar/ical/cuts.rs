//! Series that other programs cut before they wrote the file: one entry goes on for another.
//!
//! iCalendar has no word for it. Google names what goes on `<series>_R<place>@google.com`, where the
//! place is the first occurrence that changed, in UTC for a timed series.

use std::collections::HashMap;

use madang_application::calendar::ports::{Cut, Entry};
use madang_domain::calendar::{
    EventTime, Frame, Uid, Zone,
    domain_events::Renamed,
    recurrence::values::{Written, written},
};

const GOOGLE: &str = "@google.com";

/// Notes of every entry which one it goes on for.
pub(super) fn find(entries: &mut [Entry]) {
    let named = |entry: &Entry| Some((origin(entry.uid.as_str())?.0, entry.uid.clone()));
    let cut: Vec<(String, Uid)> = entries.iter().filter_map(named).collect();
    if cut.is_empty() {
        return;
    }
    let starts: HashMap<String, EventTime> = entries
        .iter()
        .filter_map(|entry| Some((entry.uid.to_string(), entry.timing.as_ref()?.start.clone())))
        .collect();
    for entry in entries.iter_mut().filter(|entry| entry.cut.is_none()) {
        let Some((series, place)) = origin(entry.uid.as_str()) else { continue };
        let (Some(start), Some(timing)) = (starts.get(&series), &entry.timing) else { continue };
        let Some(at) = time_of(place, start, &timing.start) else { continue };
        entry.cut = Some(Cut {
            of: Uid::restore(series),
            from: at.micros(),
            renamed: Renamed::between(&at, &timing.start),
        });
    }
}

/// The series an uid was cut from, and the text of the place.
fn origin(uid: &str) -> Option<(String, &str)> {
    let (series, place) = uid.strip_suffix(GOOGLE)?.rsplit_once("_R")?;
    (!series.is_empty()).then(|| (format!("{series}{GOOGLE}"), place))
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
