//! What a new description of a series makes of the names of its occurrences, where nobody said whether
//! the series was moved: a file only says how it is now.

use super::{Event, Length, Renaming, Window, domain_events::Renamed, time::DAY};

/// How many occurrences are tried, and how far ahead.
const TRIED: usize = 800;
const NEAR: i64 = 800 * DAY;

impl Event {
    /// Whether it has occurrences that can be named.
    pub fn repeats(&self) -> bool {
        self.recurrence.repeats() || !self.overrides.is_empty()
    }

    /// What the occurrences are called by `after`, another description of the same series; `None` if
    /// as before.
    ///
    /// A series that begins elsewhere was moved, unless one of the two starts is an occurrence of the
    /// other description as well: then it may only have lost its first occurrences, or got earlier
    /// ones. What keeps more occurrences is believed; of an endless series, that it was not moved.
    pub fn renamed_as(&self, after: &Self) -> Option<Renamed> {
        let (old, new) = (&self.timing.as_ref()?.start, &after.timing.as_ref()?.start);
        let renamed = Renamed::between(old, new).filter(|_| self.repeats())?;
        let is_either = self.has_occurrence(new.micros()) || after.has_occurrence(old.micros());
        if old.frame() != new.frame() || !is_either {
            return Some(renamed);
        }
        if self.recurrence.is_endless() || after.recurrence.is_endless() {
            return None;
        }
        let renaming = Renaming::between(old, new)?;
        let window = Window { from: i64::MIN, to: old.micros().max(new.micros()).saturating_add(NEAR) };
        let places = |event: &Self| -> Vec<i64> {
            let Some(timing) = &event.timing else { return Vec::new() };
            let found = event.recurrence.occurrences(&timing.start, Length::default(), window).instances;
            found.iter().take(TRIED).map(|instance| instance.start).collect()
        };
        let there = places(after);
        let kept = |place: &i64| there.binary_search(place).is_ok();
        let names = places(self);
        let as_before = names.iter().filter(|name| kept(name)).count();
        let moved = names.iter().filter_map(|name| renaming.of(*name)).filter(|name| kept(name)).count();
        (moved > as_before).then_some(renamed)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        calendar::{
            Description, Details, EventKind, EventStatus, EventTime, Location, Recurrence, Timing, Uid,
            Visibility,
        },
        shared::{Id, Timestamp},
    };

    fn series(start: &str, rule: &str) -> Event {
        let start = EventTime::parse(start).unwrap();
        Event {
            id: Id::new(Uuid::nil()),
            calendar: Id::new(Uuid::nil()),
            uid: Uid::restore("s".to_owned()),
            kind: EventKind::Event,
            details: Details {
                title: None,
                description: Description::restore(String::new()),
                location: Location::restore(String::new()),
                status: EventStatus::Confirmed,
                visibility: Visibility::Public,
                blocks: true,
            },
            timing: Some(Timing { start, length: Length::default(), end_zone: None }),
            recurrence: Recurrence::restore(
                rule.split_whitespace().map(|part| format!("RRULE:{part}")).collect(),
            ),
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

    #[test]
    fn a_series_is_moved_or_has_lost_or_got_its_first_occurrences() {
        let (monday, tuesday, next) = (
            "2027-03-01T20:00:00[Asia/Seoul]",
            "2027-03-02T20:00:00[Asia/Seoul]",
            "2027-03-08T20:00:00[Asia/Seoul]",
        );
        let cases = [
            // At another hour, on another day, in another zone.
            (monday, "FREQ=DAILY;COUNT=5", "2027-03-01T08:00:00[Asia/Seoul]", "FREQ=DAILY;COUNT=5", true),
            (monday, "FREQ=WEEKLY", tuesday, "FREQ=WEEKLY", true),
            (monday, "FREQ=WEEKLY", "2027-03-01T20:00:00[Europe/Paris]", "FREQ=WEEKLY", true),
            ("2027-03-01", "FREQ=DAILY;COUNT=3", "2027-03-01T09:00:00", "FREQ=DAILY;COUNT=3", true),
            // A week later with as many; without the first one; with one more before.
            (monday, "FREQ=WEEKLY;COUNT=5", next, "FREQ=WEEKLY;COUNT=5", true),
            (monday, "FREQ=WEEKLY;COUNT=5", next, "FREQ=WEEKLY;COUNT=4", false),
            (monday, "FREQ=WEEKLY;UNTIL=20270401T000000Z", next, "FREQ=WEEKLY;UNTIL=20270401T000000Z", false),
            (next, "FREQ=WEEKLY;COUNT=4", monday, "FREQ=WEEKLY;COUNT=5", false),
            (monday, "FREQ=WEEKLY", next, "FREQ=WEEKLY", false),
            // A start that the rule did not name is put right; nothing at all happened; it happens once.
            (monday, "FREQ=WEEKLY;BYDAY=TU", tuesday, "FREQ=WEEKLY;BYDAY=TU", false),
            (monday, "FREQ=WEEKLY", monday, "FREQ=WEEKLY;COUNT=2", false),
            (monday, "", tuesday, "", false),
        ];
        for (start, rule, after, new_rule, moved) in cases {
            let (before, after) = (series(start, rule), series(after, new_rule));
            let found = before.renamed_as(&after);
            assert_eq!(found.is_some(), moved, "{start} {rule} → {new_rule}: {found:?}");
        }
    }
}
