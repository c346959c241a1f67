//! VTIMEZONE from the bundled zone database (RFC 5545 3.6.5).

use std::collections::BTreeMap;

use jiff::{Timestamp, civil, tz::TimeZone};
use madang_domain::calendar::{Zone, recurrence::values};

/// The years whose clock changes are written out.
const FIRST_YEAR: i16 = 1970;
const LAST_YEAR: i16 = 2045;

/// A kind of change: offsets before and after, and what the time is called then.
type Change = (bool, i32, i32, String);

/// The lines of a zone's VTIMEZONE.
pub(super) fn component(zone: &Zone) -> Vec<String> {
    let mut lines =
        vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{zone}"), format!("X-LIC-LOCATION:{zone}")];
    if let Ok(rules) = TimeZone::get(zone.name()) {
        for ((daylight, before, after, name), onsets) in changes(&rules) {
            let kind = if daylight { "DAYLIGHT" } else { "STANDARD" };
            lines.push(format!("BEGIN:{kind}"));
            lines.push(format!("TZNAME:{name}"));
            lines.push(format!("TZOFFSETFROM:{}", offset(before)));
            lines.push(format!("TZOFFSETTO:{}", offset(after)));
            let mut onsets = onsets.iter().map(|onset| values::write_local(*onset));
            lines.extend(onsets.next().map(|first| format!("DTSTART:{first}")));
            let more: Vec<String> = onsets.collect();
            if !more.is_empty() {
                lines.push(format!("RDATE:{}", more.join(",")));
            }
            lines.push(format!("END:{kind}"));
        }
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines
}

/// All changes of the years, by kind, with their local onsets as clocks showed them before.
fn changes(rules: &TimeZone) -> Vec<(Change, Vec<civil::DateTime>)> {
    let start = civil::date(FIRST_YEAR, 1, 1).at(0, 0, 0, 0);
    let end = civil::date(LAST_YEAR, 1, 1).at(0, 0, 0, 0);
    let utc = |civil| jiff::tz::Offset::UTC.to_timestamp(civil).unwrap_or(Timestamp::UNIX_EPOCH);
    let first = rules.to_offset_info(utc(start));
    let mut before = first.offset();
    let initial = (first.dst().is_dst(), before.seconds(), before.seconds(), first.abbreviation().to_owned());
    let mut kinds: BTreeMap<Change, Vec<civil::DateTime>> = BTreeMap::from([(initial, vec![start])]);
    for change in rules.following(utc(start)) {
        if change.timestamp() >= utc(end) {
            break;
        }
        let after = change.offset();
        let kind =
            (change.dst().is_dst(), before.seconds(), after.seconds(), change.abbreviation().to_owned());
        kinds.entry(kind).or_default().push(before.to_datetime(change.timestamp()));
        before = after;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, onsets)| onsets.first().copied());
    kinds
}

fn offset(seconds: i32) -> String {
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}
