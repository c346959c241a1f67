//! What an occurrence is called within its series: where the series began it, as one text.

use jiff::civil::{Date, DateTime};

use super::{Event, EventTime, Frame, GivenTime, Zone};
use crate::shared::Timestamp;

impl EventTime {
    /// The text: a day, digits, or an instant in UTC. It is the same wherever the occurrence is now.
    pub fn name(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Floating(local) => local.to_string(),
            Self::Zoned(..) => Timestamp::from_micros(self.micros()).to_string(),
        }
    }

    /// Reads what [`Self::name`] wrote, an instant in whatever offset.
    pub fn named(text: &str) -> Option<Self> {
        let home = Zone::utc();
        let floating = |given: GivenTime| given.beside(&Frame::Floating, &home);
        Self::date_of(text).map(Self::Date).or_else(|| Self::time_of(text).map(floating))
    }

    /// Reads a day.
    pub fn date_of(text: &str) -> Option<Date> {
        if text.len() == 10 { text.parse().ok().filter(|date: &Date| date.year() > 0) } else { None }
    }

    /// Reads a time, cut to whole seconds: iCalendar knows no finer ones.
    pub fn time_of(text: &str) -> Option<GivenTime> {
        if let Ok(instant) = text.parse::<Timestamp>() {
            // The hours of an offset are those of a day (RFC 3339 5.6).
            let offset = text.rsplit(['T', 't', ' ']).next().and_then(|time| time.split_once(['+', '-']));
            let hours = offset.map(|(_, offset)| offset.get(..2).and_then(|hours| hours.parse::<u8>().ok()));
            if hours.is_some_and(|hours| hours.is_none_or(|hours| hours > 23)) {
                return None;
            }
            let instant = Timestamp::from_micros(instant.seconds().checked_mul(1_000_000)?);
            return Some(GivenTime::Instant(instant));
        }
        if !text.contains(['T', 't']) || text.contains(['Z', 'z', '+', '[']) {
            return None;
        }
        let local = text.parse::<DateTime>().ok()?;
        // Behind the time only an offset has a minus, and one that made no instant is wrong.
        if text.rsplit(['T', 't']).next().is_some_and(|time| time.contains('-')) || local.year() <= 0 {
            return None;
        }
        let local = local.with().subsec_nanosecond(0).build().ok()?;
        Some(GivenTime::Local(local))
    }
}

impl Event {
    /// The occurrence of that name, by where the series began it; `None` where there is none, or the
    /// event does not repeat.
    pub fn occurrence_named(&self, name: &str) -> Option<i64> {
        let time = EventTime::named(name)?;
        let start = &self.timing.as_ref()?.start;
        let same_sort = start.is_date() == time.is_date() && start.frame().floats() == time.frame().floats();
        (self.repeats() && same_sort && self.has_occurrence(time.micros())).then(|| time.micros())
    }
}
