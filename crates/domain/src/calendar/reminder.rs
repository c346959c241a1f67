//! Reminders: when to tell somebody that something is about to begin.
//!
//! A reminder belongs to one person and one event, and rings for every occurrence. It rings so many
//! minutes before the occurrence begins: elapsed minutes before a time in a zone (RFC 5545 3.8.6.3),
//! and minutes of the clock before a day or a floating time, which stand where the home zone of the
//! calendar puts them. So a reminder at nine on the day before rings at nine, whatever clocks do that
//! night.

use super::{Event, EventStatus, EventTime, Frame, Occurrence, Window, Zone, time::DAY};

/// Microseconds in a minute.
const MINUTE: i64 = 60_000_000;

/// Wider than any reminder is long, so that a search for rings finds the occurrences they are for.
const SLACK: i64 = 3 * DAY;

/// So many minutes before the beginning; after it, if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reminder(i64);

impl Reminder {
    /// At most a day after the beginning, in minutes.
    pub const LEAST: i64 = -1_440;
    /// At most four weeks before it.
    pub const MOST: i64 = 40_320;
    /// How many somebody may have for one event.
    pub const PER_EVENT: usize = 10;

    /// So many minutes before, cut to what there may be.
    pub fn minutes_before(minutes: i64) -> Self {
        Self(minutes.clamp(Self::LEAST, Self::MOST))
    }

    /// So many microseconds before, where that is whole minutes and within what there may be.
    pub fn exactly(ahead: i64) -> Option<Self> {
        let minutes = ahead / MINUTE;
        (ahead % MINUTE == 0 && (Self::LEAST..=Self::MOST).contains(&minutes)).then_some(Self(minutes))
    }

    /// How many minutes before.
    pub fn minutes(self) -> i64 {
        self.0
    }

    /// When it rings for what begins at `start` on the line of `frame`.
    fn before(self, start: i64, frame: &Frame, home: &Zone) -> i64 {
        let ahead = self.0 * MINUTE;
        if frame.floats() { frame.resolve(start - ahead, home) } else { start - ahead }
    }
}

/// One time a reminder rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// When, in microseconds.
    pub at: i64,
    /// The occurrence, by where the series began it.
    pub original: i64,
    /// When the occurrence begins.
    pub starts_at: i64,
    /// When it ends.
    pub ends_at: i64,
}

impl Ring {
    /// Its place in the order of rings.
    pub fn place(&self) -> (i64, i64) {
        (self.at, self.original)
    }
}

/// What comes after a look at the rings of a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It rings again.
    Rings(Ring),
    /// Look again at this instant: the series goes on, but nothing is near.
    Later(i64),
    /// It never rings again.
    Never,
}

impl Event {
    /// The rings after a place in their order and up to an instant, in order. What is cancelled does
    /// not ring.
    pub fn rings(&self, reminder: Reminder, home: &Zone, after: (i64, i64), until: i64) -> Vec<Ring> {
        let Some(timing) = &self.timing else { return Vec::new() };
        let ahead = reminder.minutes() * MINUTE;
        let window = Window {
            from: after.0.saturating_add(ahead).saturating_sub(SLACK),
            to: until.saturating_add(ahead).saturating_add(SLACK),
        };
        let (occurrences, _) = self.occurrences(window);
        let series = timing.start.frame();
        let ring = |occurrence: &Occurrence| {
            let differs = occurrence.differs.and_then(|index| self.overrides.get(index));
            let status = differs.map_or(self.details.status, |differs| differs.details.status);
            if status == EventStatus::Cancelled {
                return None;
            }
            let own = differs.map(|differs| EventTime::frame(&differs.timing.start));
            let frame = own.as_ref().unwrap_or(&series);
            let ring = Ring {
                at: reminder.before(occurrence.start, frame, home),
                original: occurrence.original,
                starts_at: frame.resolve(occurrence.start, home),
                ends_at: frame.resolve(occurrence.end, home),
            };
            (ring.place() > after && ring.at <= until).then_some(ring)
        };
        let mut rings: Vec<Ring> = occurrences.iter().filter_map(ring).collect();
        rings.sort_unstable_by_key(Ring::place);
        rings
    }

    /// The first ring after a place in their order.
    pub fn next_ring(&self, reminder: Reminder, home: &Zone, after: (i64, i64)) -> Next {
        // Most series repeat within days; the others are looked for further and further ahead.
        let mut horizon = after.0;
        for days in [3, 40, 400, 4_000] {
            horizon = after.0.saturating_add(days * DAY);
            if let Some(ring) = self.rings(reminder, home, after, horizon).first() {
                return Next::Rings(*ring);
            }
        }
        let ahead = reminder.minutes() * MINUTE;
        let Some(timing) = &self.timing else { return Next::Never };
        let moved = self.overrides.iter().map(|differs| differs.timing.start.micros());
        let last = self.recurrence.ends_by(&timing.start);
        let last = last.map(|last| moved.fold(last, i64::max).saturating_sub(ahead).saturating_add(SLACK));
        match last {
            Some(last) if last <= horizon => Next::Never,
            // A series that counts ends somewhere; one that starts in ten years begins then.
            _ => Next::Later(horizon.saturating_sub(DAY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{
        Description, Details, EventKind, Location, Override, Recurrence, Timing, Uid, Visibility,
    };
    use crate::shared::{Id, Timestamp};

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").micros()
    }

    fn event(start: EventTime, lines: &[&str]) -> Event {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let details = Details {
            title: None,
            description: Description::restore(String::new()),
            location: Location::restore(String::new()),
            status: EventStatus::Confirmed,
            visibility: Visibility::Public,
            blocks: true,
        };
        Event {
            id: Id::new(uuid::Uuid::from_u128(1)),
            calendar: Id::new(uuid::Uuid::from_u128(2)),
            uid: Uid::restore("1".to_owned()),
            kind: EventKind::Event,
            details,
            timing: Some(Timing::new(start, None).expect("a timing")),
            recurrence: Recurrence::parse(&lines).expect("a recurrence"),
            overrides: Vec::new(),
            completed_at: None,
            sequence: 0,
            version: 1,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
            ical: None,
            alarms_of: None,
        }
    }

    fn zone(name: &str) -> Zone {
        Zone::parse(name).expect("a zone")
    }

    #[test]
    fn a_lesson_in_new_york_rings_at_the_same_local_time_over_the_change_of_clocks() {
        let new_york = zone("America/New_York");
        let start = EventTime::Zoned("2027-03-13T20:00:00".parse().expect("a time"), new_york);
        let event = event(start, &["RRULE:FREQ=DAILY;COUNT=3"]);
        let rings = event.rings(Reminder::minutes_before(30), &zone("Asia/Seoul"), (0, 0), i64::MAX / 2);
        let found: Vec<i64> = rings.iter().map(|ring| ring.at).collect();
        assert_eq!(
            found,
            [at("2027-03-14T00:30:00Z"), at("2027-03-14T23:30:00Z"), at("2027-03-15T23:30:00Z")]
        );
    }

    #[test]
    fn days_and_floating_times_ring_where_the_calendar_is() {
        let day = event(EventTime::Date("2027-03-14".parse().expect("a day")), &[]);
        let nine_the_day_before = Reminder::minutes_before(15 * 60);
        for (home, expected) in [
            ("Asia/Seoul", "2027-03-13T00:00:00Z"),
            // Clocks change on the day itself, after the reminder.
            ("America/New_York", "2027-03-13T14:00:00Z"),
            ("Pacific/Kiritimati", "2027-03-12T19:00:00Z"),
        ] {
            let rings = day.rings(nine_the_day_before, &zone(home), (0, 0), i64::MAX / 2);
            assert_eq!(rings.iter().map(|ring| ring.at).collect::<Vec<_>>(), [at(expected)], "{home}");
        }
        // Nine on the day before a day that has 25 hours before it is nine.
        let day = event(EventTime::Date("2027-11-08".parse().expect("a day")), &[]);
        let rings =
            day.rings(Reminder::minutes_before(39 * 60), &zone("America/New_York"), (0, 0), i64::MAX / 2);
        assert_eq!(rings[0].at, at("2027-11-06T13:00:00Z"));
        let floating = event(EventTime::Floating("2027-03-14T12:00:00".parse().expect("a time")), &[]);
        let rings = floating.rings(Reminder::minutes_before(10), &zone("Asia/Seoul"), (0, 0), i64::MAX / 2);
        assert_eq!(rings[0].at, at("2027-03-14T02:50:00Z"));
    }

    #[test]
    fn what_moved_rings_where_it_is_and_what_is_cancelled_does_not() {
        let seoul = zone("Asia/Seoul");
        let start = EventTime::Zoned("2027-03-01T20:00:00".parse().expect("a time"), seoul.clone());
        let mut event = event(start, &["RRULE:FREQ=DAILY;COUNT=4"]);
        let differs = |day: i8, to: &str, status: EventStatus| Override {
            original: EventTime::Zoned(jiff::civil::date(2027, 3, day).at(20, 0, 0, 0), seoul.clone())
                .micros(),
            timing: Timing::new(EventTime::Zoned(to.parse().expect("a time"), seoul.clone()), None)
                .expect("one"),
            details: Details { status, ..event.details.clone() },
        };
        let moved = differs(2, "2027-03-10T08:00:00", EventStatus::Confirmed);
        let gone = differs(3, "2027-03-03T20:00:00", EventStatus::Cancelled);
        event.overrides = vec![moved.clone(), gone];
        let rings = event.rings(Reminder::minutes_before(0), &seoul, (0, 0), i64::MAX / 2);
        let found: Vec<i64> = rings.iter().map(|ring| ring.at).collect();
        assert_eq!(
            found,
            [at("2027-03-01T11:00:00Z"), at("2027-03-04T11:00:00Z"), at("2027-03-09T23:00:00Z")]
        );
        assert_eq!(rings[2].original, moved.original);
    }

    #[test]
    fn rare_and_endless_series_are_found() {
        let utc = Zone::utc();
        let start = EventTime::Zoned("2096-02-29T00:00:00".parse().expect("a time"), utc.clone());
        // 2100 is no leap year.
        let event = event(start, &["RRULE:FREQ=YEARLY"]);
        let reminder = Reminder::minutes_before(0);
        let first = (at("2096-02-29T00:00:00Z"), at("2096-02-29T00:00:00Z"));
        let Next::Rings(next) = event.next_ring(reminder, &utc, first) else { panic!("it goes on") };
        assert_eq!(next.at, at("2104-02-29T00:00:00Z"));
        assert!(matches!(event.next_ring(reminder, &utc, (0, 0)), Next::Later(later) if later < first.0));
    }

    proptest! {
        /// Walking from ring to ring finds what looking at all of them at once finds.
        #[test]
        fn no_ring_is_lost_or_doubled(
            minutes in Reminder::LEAST..Reminder::MOST,
            interval in 1..50_i64,
            count in 1..12_i64,
            all_day: bool,
            home in proptest::sample::select(vec!["Asia/Seoul", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let home = zone(home);
            let start = if all_day {
                EventTime::Date(jiff::civil::date(2027, 3, 1))
            } else {
                EventTime::Zoned(jiff::civil::date(2027, 3, 1).at(2, 30, 0, 0), home.clone())
            };
            let event = event(start, &[&format!("RRULE:FREQ=DAILY;INTERVAL={interval};COUNT={count}")]);
            let reminder = Reminder::minutes_before(minutes);
            let all = event.rings(reminder, &home, (0, 0), i64::MAX / 2);
            prop_assert_eq!(i64::try_from(all.len()).unwrap(), count);
            let mut walked = Vec::new();
            let mut after = (at("2026-12-01T00:00:00Z"), 0);
            loop {
                match event.next_ring(reminder, &home, after) {
                    Next::Rings(ring) => { after = ring.place(); walked.push(ring); }
                    Next::Later(later) => {
                        // A series that counts does not know its end: look until far beyond it.
                        if later > at("2040-01-01T00:00:00Z") { break }
                        after = (later, 0);
                    }
                    Next::Never => break,
                }
            }
            prop_assert_eq!(walked, all);
        }
    }
}
