//! Which zone a TZID means: by its IANA name, by the names others gave it, or by its own VTIMEZONE.

use std::{collections::HashMap, str::FromStr};

use calcard::common::timezone::Tz;
use jiff::civil::date;
use madang_domain::calendar::Zone;

use super::lines::Component;

/// Zones that stand in for a VTIMEZONE of the same offsets, better known ones first.
const USUAL: [&str; 34] = [
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Bangkok",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Kabul",
    "Asia/Yangon",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Bogota",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Honolulu",
];

/// Most zones of one file that are guessed from their offsets.
const MOST_GUESSES: usize = 500;

/// What a TZID turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A name everybody knows.
    Known(Zone),
    /// Another name for it.
    Alias(Zone),
    /// Guessed from the offsets of its VTIMEZONE.
    Guessed(Zone),
    /// Nothing we can make sense of.
    Unknown,
}

/// The zones of one file.
#[derive(Default)]
pub(super) struct Zones {
    defined: HashMap<String, Vec<String>>,
    offsets: HashMap<String, Offsets>,
    known: HashMap<String, Meaning>,
    guesses: usize,
}

/// Seconds east of UTC that a VTIMEZONE speaks of last.
#[derive(Clone, Copy, Debug, Default)]
struct Offsets {
    standard: Option<i32>,
    daylight: Option<i32>,
    daylight_month: Option<i8>,
}

impl Zones {
    /// Takes in the VTIMEZONEs of a VCALENDAR.
    pub(super) fn define(&mut self, calendar: &Component) {
        for component in calendar.children().filter(|component| component.name == "VTIMEZONE") {
            let Some(id) = component.line("TZID") else { continue };
            let names = ["X-LIC-LOCATION", "TZID-ALIAS-OF"].iter().filter_map(|name| component.line(name));
            self.defined.insert(id.plain(), names.map(|line| line.plain()).collect());
            self.offsets.insert(id.plain(), offsets(component));
        }
    }

    /// What the TZID means in this file.
    pub(super) fn meaning(&mut self, id: &str) -> Meaning {
        if let Some(meaning) = self.known.get(id) {
            return meaning.clone();
        }
        let meaning = self.find(id);
        self.known.insert(id.to_owned(), meaning.clone());
        meaning
    }

    fn find(&mut self, id: &str) -> Meaning {
        if let Ok(zone) = Zone::parse(id) {
            return Meaning::Known(zone);
        }
        let aliases = self.defined.get(id).into_iter().flatten();
        if let Some(zone) = aliases.map(String::as_str).find_map(|name| Zone::parse(name).ok()) {
            return Meaning::Alias(zone);
        }
        if let Some(zone) = Tz::from_str(id).ok().and_then(named) {
            return Meaning::Alias(zone);
        }
        // Each guess looks at all usual zones, and no real file has so many of its own.
        self.guesses += 1;
        if self.guesses > MOST_GUESSES {
            return Meaning::Unknown;
        }
        let guess = self.offsets.get(id).and_then(|offsets| guess(*offsets));
        guess.map_or(Meaning::Unknown, Meaning::Guessed)
    }
}

fn named(zone: Tz) -> Option<Zone> {
    Zone::parse(zone.name()?.as_ref()).ok()
}

fn offsets(zone: &Component) -> Offsets {
    let mut offsets = Offsets::default();
    for part in zone.children() {
        let to = part.line("TZOFFSETTO").and_then(|line| seconds(&line.value));
        match part.name.as_str() {
            "STANDARD" => offsets.standard = to.or(offsets.standard),
            "DAYLIGHT" => {
                offsets.daylight = to.or(offsets.daylight);
                let start = part.line("DTSTART").and_then(|line| line.value.get(4..6)?.parse().ok());
                offsets.daylight_month = start.or(offsets.daylight_month);
            }
            _ => {}
        }
    }
    offsets
}

fn seconds(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.trim_start_matches('+')),
    };
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4)?.parse().ok()?;
    Some(sign * (hours * 3_600 + minutes * 60))
}

/// A zone whose clocks show the same in January and July.
fn guess(offsets: Offsets) -> Option<Zone> {
    let standard = offsets.standard.or(offsets.daylight)?;
    let daylight = offsets.daylight.unwrap_or(standard);
    let north = offsets.daylight_month.is_none_or(|month| (2..=7).contains(&month));
    let (january, july) = if north { (standard, daylight) } else { (daylight, standard) };
    let shows = |zone: &Zone, month: i8| {
        let local = date(2025, month, 15).at(12, 0, 0, 0);
        let utc = Zone::utc().instant(local)?;
        Some((zone.instant(local)?.seconds(), utc.seconds()))
    };
    let same = |zone: &Zone, month: i8, offset: i32| {
        shows(zone, month).is_some_and(|(there, utc)| utc - there == i64::from(offset))
    };
    let mut zones = USUAL.iter().filter_map(|name| Zone::parse(name).ok());
    let usual = zones.find(|zone| same(zone, 1, january) && same(zone, 7, july));
    // Etc names carry the sign of POSIX: west is positive.
    let whole = || Zone::parse(&format!("Etc/GMT{:+}", -standard / 3_600)).ok();
    usual.or_else(|| if january == july && standard % 3_600 == 0 { whole() } else { None })
}
