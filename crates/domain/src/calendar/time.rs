//! When something is: an instant in a zone, a local time anywhere, or a whole day.

use std::fmt;

use jiff::civil::{Date, DateTime};

use super::{Zone, errors};
use crate::shared::{Refusal, Timestamp};

/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 86_400_000_000;

/// How far a local time can be from the same digits read as UTC: zones span UTC−12 to UTC+14.
pub const WIDEST_OFFSET: i64 = 14 * 3_600_000_000;

/// A point of the calendar as it was given; the value type of DTSTART (RFC 5545 3.3.4, 3.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// A whole day, wherever one is.
    Date(Date),
    /// What the clock shows, wherever one is.
    Floating(DateTime),
    /// What clocks in one zone show. UTC is a zone.
    Zoned(DateTime, Zone),
}

/// The clock a time is read on: what [`EventTime`] is without its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Days.
    Date,
    /// Any local clock.
    Floating,
    /// The clocks of a zone.
    Zoned(Zone),
}

impl EventTime {
    /// The time in `zone` of an instant. Where that local time happens twice and this is the second
    /// one, which no local notation can name, the instant is kept in UTC.
    pub fn at(instant: Timestamp, zone: &Zone) -> Self {
        let local = zone.local(instant);
        match zone.instant(local) {
            Some(same) if same == instant => Self::Zoned(local, zone.clone()),
            _ => Self::Zoned(Zone::utc().local(instant), Zone::utc()),
        }
    }

    /// Reads what `to_string` wrote: `2027-03-01`, `2027-03-01T20:00:00` (anywhere) or
    /// `2027-03-01T20:00:00[Asia/Seoul]`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((digits, zone)) = text.split_once('[') {
            let zone = Zone::parse(zone.strip_suffix(']')?).ok()?;
            return Some(Self::Zoned(digits.parse().ok()?, zone));
        }
        if text.contains('T') {
            text.parse().ok().map(Self::Floating)
        } else {
            text.parse().ok().map(Self::Date)
        }
    }

    /// The digits; midnight for a day.
    pub fn civil(&self) -> DateTime {
        match self {
            Self::Date(date) => date.at(0, 0, 0, 0),
            Self::Floating(local) | Self::Zoned(local, _) => *local,
        }
    }

    /// The clock it is read on.
    pub fn frame(&self) -> Frame {
        match self {
            Self::Date(_) => Frame::Date,
            Self::Floating(_) => Frame::Floating,
            Self::Zoned(_, zone) => Frame::Zoned(zone.clone()),
        }
    }

    /// Whether this is a whole day.
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// Its place on the frame's own line of microseconds: true instants for a zone, digits read as
    /// if UTC for days and floating times. A time on a day the zone never had moves to the next.
    pub fn micros(&self) -> i64 {
        let frame = self.frame();
        let civil = self.civil();
        frame.micros(civil).unwrap_or_else(|| {
            let next = civil.checked_add(jiff::Span::new().days(1)).unwrap_or(civil);
            frame.micros(next).unwrap_or_else(|| as_if_utc(next))
        })
    }

    /// The instant it means to a viewer in `viewer`'s zone.
    pub fn instant(&self, viewer: &Zone) -> Timestamp {
        Timestamp::from_micros(self.frame().resolve(self.micros(), viewer))
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Floating(local) => write!(f, "{local}"),
            Self::Zoned(local, zone) => write!(f, "{local}[{zone}]"),
        }
    }
}

impl Frame {
    /// Whether places on this frame's line are digits, which mean an instant only to a viewer.
    pub fn floats(&self) -> bool {
        !matches!(self, Self::Zoned(_))
    }

    /// The place of local digits on the line; `None` on a day the zone never had.
    pub fn micros(&self, civil: DateTime) -> Option<i64> {
        match self {
            Self::Date | Self::Floating => Some(as_if_utc(civil)),
            Self::Zoned(zone) => zone.instant(civil).map(Timestamp::micros),
        }
    }

    /// A place that local digits certainly do not lie beyond.
    pub(super) fn civil_bound(&self, civil: DateTime) -> i64 {
        as_if_utc(civil).saturating_add(if self.floats() { 0 } else { WIDEST_OFFSET })
    }

    /// The local digits of a place on the line.
    pub fn civil(&self, micros: i64) -> DateTime {
        match self {
            Self::Date | Self::Floating => digits(micros),
            Self::Zoned(zone) => zone.local(Timestamp::from_micros(micros)),
        }
    }

    /// The place as an [`EventTime`].
    pub fn time(&self, micros: i64) -> EventTime {
        match self {
            Self::Date => EventTime::Date(digits(micros).date()),
            Self::Floating => EventTime::Floating(digits(micros)),
            Self::Zoned(zone) => EventTime::at(Timestamp::from_micros(micros), zone),
        }
    }

    /// The instant, in microseconds, that a place on the line means to a viewer.
    pub fn resolve(&self, micros: i64, viewer: &Zone) -> i64 {
        match self {
            Self::Zoned(_) => micros,
            Self::Date | Self::Floating => resolve_floating(micros, viewer),
        }
    }
}

/// The instant that digits, read as if UTC, mean in a zone.
pub fn resolve_floating(micros: i64, viewer: &Zone) -> i64 {
    EventTime::Zoned(digits(micros), viewer.clone()).micros()
}

/// How long something lasts. Days are calendar days; the rest is elapsed time (RFC 5545 3.8.5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Calendar days: a day across a clock change is still a day.
    pub days: i64,
    /// Elapsed microseconds beyond the days.
    pub micros: i64,
}

impl Length {
    /// From start to end. Both must be of one kind, and the end not before the start.
    pub fn between(start: &EventTime, end: &EventTime) -> Result<Self, Refusal> {
        if start.is_date() != end.is_date() || start.frame().floats() != end.frame().floats() {
            return Err(errors::MIXED_TIME_KINDS.into());
        }
        let micros = end.micros() - start.micros();
        if micros < 0 {
            return Err(errors::END_BEFORE_START.into());
        }
        Ok(if start.is_date() { Self { days: micros / DAY, micros: 0 } } else { Self { days: 0, micros } })
    }

    /// In microseconds, where a day is one of 24 hours.
    pub fn at_rest(self) -> i64 {
        self.days.saturating_mul(DAY).saturating_add(self.micros)
    }

    /// An upper bound in microseconds, wide enough for days lengthened by a clock change.
    pub fn at_most(self) -> i64 {
        let days = if self.days > 0 { self.days.saturating_add(1) } else { 0 };
        days.saturating_mul(DAY).saturating_add(self.micros)
    }

    /// Where something of this length that begins at a place on the frame's line ends.
    pub fn end(self, frame: &Frame, start: i64) -> i64 {
        let after_days = if self.days == 0 {
            start
        } else {
            let civil = frame.civil(start);
            let moved = jiff::Span::new().try_days(self.days).and_then(|days| civil.checked_add(days));
            moved.ok().and_then(|civil| frame.micros(civil)).unwrap_or(start)
        };
        after_days.saturating_add(self.micros)
    }
}

/// A half-open stretch of a frame's line, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First microsecond inside.
    pub from: i64,
    /// First microsecond after it.
    pub to: i64,
}

impl Window {
    /// All of time.
    pub const ALWAYS: Self = Self { from: i64::MIN, to: i64::MAX };

    /// Whether something from `start` to `end` overlaps. What lasts no time counts where it begins.
    pub fn overlaps(self, start: i64, end: i64) -> bool {
        start < self.to && (end > self.from || start >= self.from)
    }

    /// The same window, longer on both sides.
    #[must_use]
    pub fn widened(self, by: i64) -> Self {
        Self { from: self.from.saturating_sub(by), to: self.to.saturating_add(by) }
    }
}

/// Microseconds since 1970 of digits read as UTC.
fn as_if_utc(civil: DateTime) -> i64 {
    let seconds = jiff::tz::Offset::UTC.to_timestamp(civil).map(Timestamp::from);
    // Only the last hours of the year 9999 lie beyond what jiff calls an instant.
    seconds.map_or(i64::MAX / 4, Timestamp::micros)
}

fn digits(micros: i64) -> DateTime {
    jiff::tz::Offset::UTC.to_datetime(Timestamp::from_micros(micros).into())
}
