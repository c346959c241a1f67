//! Times as people give them: the zone they did not say is that of what they change, else their own.

use jiff::civil::DateTime;

use super::{EventTime, Frame, Timing, Zone, errors};
use crate::shared::{FieldError, Timestamp};

/// A time whose zone was perhaps not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenTime {
    /// All of it was said.
    Whole(EventTime),
    /// An instant; not whose clocks it follows.
    Instant(Timestamp),
    /// What clocks show; not which.
    Local(DateTime),
}

/// The end of a task as it is kept: a task that is due on a day is so until the day is over. What a day ends
/// is told exclusive everywhere else (RFC 5545 3.6.1), but not when it is due (3.8.2.3).
pub fn due_until(due: EventTime) -> EventTime {
    match due {
        EventTime::Date(day) => EventTime::Date(day.tomorrow().unwrap_or(day)),
        time @ (EventTime::Floating(_) | EventTime::Zoned(..)) => time,
    }
}

/// When a task is due that is kept with this end.
pub fn due_by(end: EventTime) -> EventTime {
    match end {
        EventTime::Date(day) => EventTime::Date(day.yesterday().unwrap_or(day)),
        time @ (EventTime::Floating(_) | EventTime::Zoned(..)) => time,
    }
}

impl GivenTime {
    /// The time beside another one, whose clock it is read on. Beside a day, or where an instant has no
    /// clock to follow, clocks are those of `home`.
    pub fn beside(self, frame: &Frame, home: &Zone) -> EventTime {
        let zone = match frame {
            Frame::Zoned(zone) => zone,
            Frame::Date | Frame::Floating => home,
        };
        match (self, frame) {
            (Self::Whole(time), _) => time,
            (Self::Instant(instant), _) => EventTime::at(instant, zone),
            (Self::Local(local), Frame::Floating) => EventTime::Floating(local),
            (Self::Local(local), _) => EventTime::Zoned(local, zone.clone()),
        }
    }
}

/// When something is to be from now on.
#[derive(Clone, Debug, Default)]
pub struct NewTimes {
    /// When it begins; `None` leaves it.
    pub start: Option<GivenTime>,
    /// When it ends; `Some(None)` takes the end away.
    pub end: Option<Option<GivenTime>>,
    /// Whether the start is taken away, and with it the date.
    pub undated: bool,
    /// The zone of what says none. What is not given shows there what it showed before.
    pub zone: Option<Zone>,
}

impl NewTimes {
    /// Whether the zone of something was not said.
    pub fn leave_zone_open(&self) -> bool {
        let open = |given: &GivenTime| !matches!(given, GivenTime::Whole(_));
        self.start.as_ref().is_some_and(open) || self.end.iter().flatten().any(open)
    }

    /// Start and end as they are to be, for something that was at another time.
    ///
    /// # Errors
    /// `calendar.mixed_time_kinds` where days are to have a zone.
    pub fn of(
        self,
        old: &Timing,
        home: &Zone,
    ) -> Result<(Option<EventTime>, Option<Option<EventTime>>), FieldError> {
        let (mut start, mut end) = (self.start, self.end);
        let mut frame = old.start.frame();
        let mut end_frame = old.end_zone.clone().map_or_else(|| frame.clone(), Frame::Zoned);
        if let Some(zone) = self.zone {
            let there = |time: &EventTime| EventTime::Zoned(time.civil(), zone.clone());
            if start.is_none() {
                if old.start.is_date() {
                    return Err(errors::MIXED_TIME_KINDS.at("/timeZone"));
                }
                // The end as clocks show it goes along, however many hours that makes in between.
                let shown = end_frame.time(old.end_of(old.start.micros()));
                end = end.or_else(|| Some(Some(GivenTime::Whole(there(&shown)))));
                start = Some(GivenTime::Whole(there(&old.start)));
            }
            frame = Frame::Zoned(zone);
            end_frame = frame.clone();
        }
        let start = start.map(|start| start.beside(&frame, home));
        // A start on other clocks takes the end there.
        if let Some(start) = start.as_ref().filter(|start| start.frame() != old.start.frame()) {
            end_frame = start.frame();
        }
        Ok((start, end.map(|end| end.map(|end| end.beside(&end_frame, home)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::parse(text).expect("a time")
    }

    fn local(text: &str) -> GivenTime {
        GivenTime::Local(text.parse().expect("a local time"))
    }

    #[test]
    fn what_is_not_said_is_as_before_or_at_home() {
        let home = Zone::restore("Asia/Seoul");
        let instant = || GivenTime::Instant("2027-03-01T11:00:00Z".parse().expect("an instant"));
        let new_york = at("2027-03-01T06:00:00[America/New_York]");
        assert_eq!(instant().beside(&Frame::Date, &home), at("2027-03-01T20:00:00[Asia/Seoul]"));
        assert_eq!(instant().beside(&new_york.frame(), &home), new_york);
        assert_eq!(local("2027-03-01T06:00:00").beside(&Frame::Floating, &home), at("2027-03-01T06:00:00"));
        assert_eq!(local("2027-03-01T06:00:00").beside(&new_york.frame(), &home), new_york);
    }

    #[test]
    fn a_zone_alone_keeps_what_clocks_show() {
        let home = Zone::restore("Asia/Seoul");
        let (start, end) = (at("2027-03-01T20:00:00[Asia/Seoul]"), at("2027-03-01T21:30:00[Asia/Tokyo]"));
        let old = Timing::new(start, Some(end)).expect("a timing");
        let times = NewTimes { zone: Some(Zone::restore("America/New_York")), ..NewTimes::default() };
        let (start, end) = times.clone().of(&old, &home).expect("times");
        assert_eq!(start, Some(at("2027-03-01T20:00:00[America/New_York]")));
        assert_eq!(end, Some(Some(at("2027-03-01T21:30:00[America/New_York]"))));
        let days = Timing::new(at("2027-03-01"), None).expect("a timing");
        assert_eq!(times.of(&days, &home).expect_err("refused").pointer, "/timeZone");
    }
}
