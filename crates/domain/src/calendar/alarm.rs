//! Alarms as files have them (RFC 5545 3.6.6), and what of them a [`Reminder`] can say.
//!
//! A reminder rings so many minutes before each occurrence begins, for one person. That is less than an
//! alarm can be: what fires at one instant of a whole series, between minutes or weeks ahead, stays in
//! the file.

use std::collections::BTreeSet;

use super::{Frame, Reminder, Timing, Zone};
use crate::shared::Timestamp;

/// More repetitions than that of one alarm nobody can be told about.
const MOST_REPEATS: u32 = 9;

/// When an alarm fires (TRIGGER).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// So many microseconds after the start, mostly negative.
    Start(i64),
    /// So many after the end.
    End(i64),
    /// At an instant, once.
    At(Timestamp),
}

/// An alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it fires first.
    pub trigger: Trigger,
    /// How often again (REPEAT).
    pub repeats: u32,
    /// So many microseconds apart (DURATION).
    pub pause: i64,
}

impl Alarm {
    /// The reminders that ring just when the alarm of something at this time fires; `None` where none
    /// can. Days and floating times stand where the calendar's home zone puts them.
    pub fn reminders(&self, timing: &Timing, in_series: bool, home: &Zone) -> Option<BTreeSet<Reminder>> {
        let frame = timing.start.frame();
        let ahead = match self.trigger {
            Trigger::Start(offset) => offset.checked_neg()?,
            Trigger::End(offset) => {
                // A day between two clocks has no length in minutes that is always true.
                if timing.length.days != 0 && !frame.floats() {
                    return None;
                }
                timing.length.at_rest().checked_add(offset)?.checked_neg()?
            }
            Trigger::At(_) if in_series => return None,
            Trigger::At(instant) => {
                let place = if frame.floats() {
                    Frame::Floating.micros(home.local(instant))?
                } else {
                    instant.micros()
                };
                timing.start.micros().checked_sub(place)?
            }
        };
        if self.repeats > MOST_REPEATS {
            return None;
        }
        let each = (0..=i64::from(self.repeats)).map(|turn| {
            let later = self.pause.checked_mul(turn)?;
            Reminder::exactly(ahead.checked_sub(later)?)
        });
        each.collect()
    }
}

/// Which of the reminders that alarms ask for somebody gets: no more than anybody may have.
pub fn taken<'a>(alarms: impl IntoIterator<Item = &'a BTreeSet<Reminder>>) -> BTreeSet<Reminder> {
    let all: BTreeSet<Reminder> = alarms.into_iter().flatten().copied().collect();
    all.into_iter().take(Reminder::PER_EVENT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::EventTime;

    const MINUTE: i64 = 60_000_000;

    fn timing(start: &str, end: Option<&str>) -> Timing {
        let time = |text: &str| EventTime::parse(text).expect("a time");
        Timing::new(time(start), end.map(time)).expect("a timing")
    }

    fn minutes(trigger: Trigger, timing: &Timing, in_series: bool) -> Option<Vec<i64>> {
        let seoul = Zone::parse("Asia/Seoul").expect("a zone");
        let found = Alarm { trigger, repeats: 0, pause: 0 }.reminders(timing, in_series, &seoul)?;
        Some(found.into_iter().map(Reminder::minutes).collect())
    }

    #[test]
    fn what_a_reminder_can_say() {
        let lesson = timing("2027-03-01T20:00:00[Asia/Seoul]", Some("2027-03-01T21:30:00[Asia/Seoul]"));
        let day = timing("2027-03-01", None);
        let at = |text: &str| Trigger::At(text.parse().expect("an instant"));
        for (trigger, timing, in_series, expected) in [
            (Trigger::Start(-10 * MINUTE), &lesson, true, Some(10)),
            (Trigger::Start(10 * MINUTE), &lesson, true, Some(-10)),
            (Trigger::Start(0), &lesson, true, Some(0)),
            // Half a minute, and longer ahead than anybody may want.
            (Trigger::Start(-30_000_000), &lesson, true, None),
            (Trigger::Start(-40_321 * MINUTE), &lesson, true, None),
            (Trigger::Start(i64::MIN), &lesson, true, None),
            (Trigger::End(-30 * MINUTE), &lesson, true, Some(-60)),
            (Trigger::End(-90 * MINUTE), &lesson, true, Some(0)),
            (at("2027-03-01T10:45:00Z"), &lesson, false, Some(15)),
            (at("2027-03-01T10:45:00Z"), &lesson, true, None),
            (at("1976-04-01T00:55:45Z"), &lesson, false, None),
            // Nine on the day before, told in three ways.
            (Trigger::Start(-900 * MINUTE), &day, true, Some(900)),
            (Trigger::End(-39 * 60 * MINUTE), &day, true, Some(900)),
            (at("2027-02-28T00:00:00Z"), &day, false, Some(900)),
        ] {
            assert_eq!(minutes(trigger, timing, in_series), expected.map(|one| vec![one]), "{trigger:?}");
        }
    }

    #[test]
    fn what_fires_again_is_more_than_one_reminder() {
        let lesson = timing("2027-03-01T20:00:00[Asia/Seoul]", None);
        let repeated = |repeats, pause| {
            let alarm = Alarm { trigger: Trigger::Start(-15 * MINUTE), repeats, pause };
            let found = alarm.reminders(&lesson, false, &Zone::utc())?;
            Some(found.into_iter().map(Reminder::minutes).collect::<Vec<_>>())
        };
        assert_eq!(repeated(2, 5 * MINUTE), Some(vec![5, 10, 15]));
        assert_eq!(repeated(1, 1), None);
        assert_eq!(repeated(4_000_000_000, 5 * MINUTE), None);
        assert_eq!(repeated(1, i64::MAX), None);
        let many: Vec<BTreeSet<Reminder>> =
            (0..30).map(|minute| BTreeSet::from([Reminder::minutes_before(minute)])).collect();
        assert_eq!(taken(&many).len(), Reminder::PER_EVENT);
    }
}
