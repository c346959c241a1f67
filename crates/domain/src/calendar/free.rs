//! Free time: when people are busy, and where all of them have time for something new.

use jiff::civil::{Date, Time};

use super::{Window, Zone, errors, time::DAY};
use crate::shared::{Refusal, Timestamp};

/// Starts of slots lie on quarter hours, which is the finest raster the world's zones agree on.
pub const RASTER: i64 = 15 * 60_000_000;

/// The stretches as few as possible, ascending, none touching another. What lasts no time is gone.
pub fn merged(mut busy: Vec<Window>) -> Vec<Window> {
    busy.retain(|stretch| stretch.from < stretch.to);
    busy.sort_unstable_by_key(|stretch| (stretch.from, stretch.to));
    let mut merged: Vec<Window> = Vec::with_capacity(busy.len());
    for stretch in busy {
        match merged.last_mut() {
            Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
            _ => merged.push(stretch),
        }
    }
    merged
}

/// A stretch of every day, on the clocks of a zone: working hours, evenings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// When the day's stretch begins.
    start: Time,
    /// When it ends; `None` is the end of the day.
    end: Option<Time>,
}

impl Hours {
    /// From `HH:MM` to `HH:MM`; the end may be `24:00`.
    pub fn parse(start: &str, end: &str) -> Result<Self, Refusal> {
        let opens = clock(start).ok_or(errors::INVALID_HOURS)?;
        let closes = if end == "24:00" { None } else { Some(clock(end).ok_or(errors::INVALID_HOURS)?) };
        if closes.is_some_and(|closes| closes <= opens) {
            return Err(errors::INVALID_HOURS.into());
        }
        Ok(Self { start: opens, end: closes })
    }

    /// The stretch of one day, as instants. `None` on a day the zone never had.
    fn on(self, day: Date, zone: &Zone) -> Option<Window> {
        let end = match self.end {
            Some(time) => day.to_datetime(time),
            None => day.tomorrow().ok()?.to_datetime(Time::midnight()),
        };
        Some(Window {
            from: zone.instant(day.to_datetime(self.start))?.micros(),
            to: zone.instant(end)?.micros(),
        })
    }

    /// Whether something lies within the stretch of the day it begins on.
    fn hold(self, slot: Window, zone: &Zone) -> bool {
        let day = zone.local(Timestamp::from_micros(slot.from)).date();
        self.on(day, zone).is_some_and(|open| open.from <= slot.from && slot.to <= open.to)
    }
}

/// `HH:MM`, strictly.
fn clock(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let digits = |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).is_some();
    if bytes.len() != 5 || bytes[2] != b':' || ![0, 1, 3, 4].into_iter().all(digits) {
        return None;
    }
    Time::new(text[..2].parse().ok()?, text[3..].parse().ok()?, 0, 0).ok()
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct SlotSearch {
    /// Where the slot must lie wholly.
    pub window: Window,
    /// How long it is, in microseconds; more than nothing.
    pub length: i64,
    /// The hours it must keep in `zone`.
    pub hours: Option<Hours>,
    /// Whose clocks say what `hours` are.
    pub zone: Zone,
    /// Where others are: a slot outside of `hours` there is offered later.
    pub other_zones: Vec<Zone>,
}

/// A time at which everybody is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// From when to when, as instants in microseconds.
    pub window: Window,
    /// The indexes of [`SlotSearch::other_zones`] where it lies outside of the hours.
    pub outside: Vec<usize>,
}

/// The slots that touch nothing busy, best first: those outside of fewer people's hours, then those
/// that begin on a full hour before half hours before quarters, then the earlier ones.
pub fn slots(search: &SlotSearch, busy: &[Window]) -> Vec<Slot> {
    let busy = merged(busy.to_vec());
    let mut found = Vec::new();
    let mut ahead = busy.as_slice();
    let mut start = next_on_raster(search.window.from);
    while start.saturating_add(search.length) <= search.window.to {
        let slot = Window { from: start, to: start + search.length };
        while let [first, rest @ ..] = ahead
            && first.to <= slot.from
        {
            ahead = rest;
        }
        if let Some(next) = ahead.first().filter(|next| next.from < slot.to) {
            start = next_on_raster(next.to);
            continue;
        }
        if search.hours.is_none_or(|hours| hours.hold(slot, &search.zone)) {
            found.push(Slot { window: slot, outside: outside(search, slot) });
        }
        start += RASTER;
    }
    found.sort_by_key(|slot| {
        (slot.outside.len(), roundness(slot.window.from, &search.zone), slot.window.from)
    });
    found
}

fn outside(search: &SlotSearch, slot: Window) -> Vec<usize> {
    let Some(hours) = search.hours else { return Vec::new() };
    let zones = search.other_zones.iter().enumerate();
    zones.filter(|(_, zone)| !hours.hold(slot, zone)).map(|(index, _)| index).collect()
}

fn next_on_raster(at: i64) -> i64 {
    at.saturating_add(RASTER - 1).div_euclid(RASTER) * RASTER
}

/// 0 for a full hour on the asker's clock, 1 for a half, 2 for a quarter.
fn roundness(at: i64, zone: &Zone) -> u8 {
    match zone.local(Timestamp::from_micros(at)).minute() {
        0 => 0,
        30 => 1,
        _ => 2,
    }
}

/// Most days one search for free time spans.
pub const MOST_DAYS: i64 = 62;

/// Refuses a window that is reversed or longer than [`MOST_DAYS`].
pub fn check_window(window: Window) -> Result<(), crate::shared::FieldError> {
    if window.to <= window.from {
        return Err(errors::RANGE_REVERSED.at("/to"));
    }
    if window.to.saturating_sub(window.from) > MOST_DAYS * DAY {
        return Err(errors::RANGE_TOO_LONG.with("days", MOST_DAYS).at("/to"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    /// Every quarter hour looked at minute by minute: slow, and plainly right.
    fn brute_force(search: &SlotSearch, busy: &[Window]) -> Vec<(usize, u8, i64)> {
        let minutes_free = |from: i64, to: i64| {
            (from / MINUTE..to / MINUTE).all(|minute| {
                let at = minute * MINUTE;
                busy.iter().all(|stretch| {
                    at + MINUTE <= stretch.from || at >= stretch.to || stretch.from >= stretch.to
                })
            })
        };
        let inside = |from: i64, to: i64, zone: &Zone| {
            let Some(hours) = search.hours else { return true };
            let first = zone.local(Timestamp::from_micros(from));
            // The last minute of the slot must be a minute of the same day's hours.
            (from / MINUTE..to / MINUTE).all(|minute| {
                let local = zone.local(Timestamp::from_micros(minute * MINUTE));
                local.date() == first.date()
                    && local.time() >= hours.start
                    && hours.end.is_none_or(|end| local.time() < end)
            })
        };
        let mut all = Vec::new();
        for at in (search.window.from / MINUTE..=search.window.to / MINUTE).map(|minute| minute * MINUTE) {
            let end = at + search.length;
            if at % (15 * MINUTE) != 0 || at < search.window.from || end > search.window.to {
                continue;
            }
            if minutes_free(at, end) && inside(at, end, &search.zone) {
                let outside = search.other_zones.iter().filter(|zone| !inside(at, end, zone)).count();
                let minute = zone_minute(at, &search.zone);
                all.push((outside, minute, at));
            }
        }
        all.sort_unstable();
        all
    }

    fn zone_minute(at: i64, zone: &Zone) -> u8 {
        match zone.local(Timestamp::from_micros(at)).minute() {
            0 => 0,
            30 => 1,
            _ => 2,
        }
    }

    fn zone() -> impl Strategy<Value = Zone> {
        prop::sample::select(vec!["Asia/Seoul", "America/New_York", "Asia/Kathmandu", "UTC", "Asia/Kolkata"])
            .prop_map(Zone::restore)
    }

    fn hours() -> impl Strategy<Value = Option<Hours>> {
        prop::option::of((5..12_u8, 13..=24_u8).prop_map(|(start, end)| {
            Hours::parse(&format!("{start:02}:00"), &format!("{end:02}:00")).unwrap()
        }))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        // From 1 October 2026 on for some days, so that no zone here changes its clocks.
        #[test]
        fn n05_slots_equal_brute_force(
            begin in 0..2_000_i64,
            span in 60..4_000_i64,
            length in 1..300_i64,
            hours in hours(),
            zone in zone(),
            other_zones in prop::collection::vec(zone(), 0..3),
            busy in prop::collection::vec((0..6_000_i64, 0..400_i64), 0..12),
        ) {
            let base = 1_790_812_800 / 60;
            let at = |minute: i64| (base + minute) * MINUTE;
            let search = SlotSearch {
                window: Window { from: at(begin), to: at(begin + span) },
                length: length * MINUTE,
                hours,
                zone,
                other_zones,
            };
            let busy: Vec<Window> =
                busy.iter().map(|(from, long)| Window { from: at(*from), to: at(from + long) }).collect();
            let found: Vec<_> = slots(&search, &busy)
                .iter()
                .map(|slot| (slot.outside.len(), roundness(slot.window.from, &search.zone), slot.window.from))
                .collect();
            prop_assert_eq!(found, brute_force(&search, &busy));
        }

        #[test]
        fn n05_merging_keeps_every_busy_minute(
            busy in prop::collection::vec((0..500_i64, 0..60_i64), 0..20),
        ) {
            let all: Vec<Window> = busy.iter().map(|(from, long)| Window { from: *from, to: from + long }).collect();
            let few = merged(all.clone());
            for at in 0..600 {
                let within = |list: &[Window]| list.iter().any(|one| one.from <= at && at < one.to);
                prop_assert_eq!(within(&all), within(&few));
            }
            prop_assert!(few.windows(2).all(|pair| pair[0].to < pair[1].from));
        }
    }

    #[test]
    fn hours_are_hours() {
        for (start, end) in [
            ("9:00", "18:00"),
            ("09:00", "09:00"),
            ("18:00", "09:00"),
            ("24:00", "24:00"),
            ("09:60", "10:00"),
        ] {
            assert!(Hours::parse(start, end).is_err(), "{start} {end}");
        }
        assert!(Hours::parse("00:00", "24:00").is_ok());
    }
}
