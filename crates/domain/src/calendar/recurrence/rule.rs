//! A recurrence rule (RFC 5545 3.3.10, RFC 7529) as a value.

use jiff::civil::{Date, DateTime, Weekday};

use crate::{
    calendar::{Frame, korea::LunarCalendar},
    shared::Timestamp,
};

/// The period a rule counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// Every so many seconds.
    Secondly,
    /// Every so many minutes.
    Minutely,
    /// Every so many hours.
    Hourly,
    /// Every so many days.
    Daily,
    /// Every so many weeks, which begin at WKST.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

impl Frequency {
    /// Whether its periods are shorter than a day. Such rules step in elapsed time, so that an
    /// hourly bell rings every hour through a clock change.
    pub fn is_sub_daily(self) -> bool {
        self < Self::Daily
    }
}

/// When a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does not.
    Never,
    /// After so many occurrences, DTSTART among them.
    Count(u32),
    /// After this, inclusive.
    Until(Until),
}

/// The value of UNTIL, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The whole day is still in.
    Date(Date),
    /// On the series' own clock.
    Local(DateTime),
    /// The form RFC 5545 asks of zoned series.
    Utc(Timestamp),
}

impl Until {
    /// Whether a start is not yet beyond. `at` is the place of `civil` on the frame's line.
    ///
    /// An UNTIL in UTC is compared with true instants: comparing its digits with local ones loses
    /// the last day of every series east of Greenwich.
    pub fn includes(self, frame: &Frame, civil: DateTime, at: i64) -> bool {
        match (self, frame) {
            (Self::Date(date), _) => civil.date() <= date,
            (Self::Local(until), Frame::Date) => civil.date() <= until.date(),
            (Self::Local(until), _) => civil <= until,
            (Self::Utc(until), Frame::Date) => civil.date() <= super::super::Zone::utc().local(until).date(),
            (Self::Utc(until), _) => at <= until.micros(),
        }
    }
}

/// What becomes of a day that a month does not have (RFC 7529 SKIP).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skip {
    /// It is left out, and not counted.
    #[default]
    Omit,
    /// The last day of the month stands in.
    Backward,
    /// The first day of the next month stands in.
    Forward,
}

/// One entry of BYDAY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthWeekday {
    /// 2 for the second, −1 for the last of its month or year; `None` for all.
    pub nth: Option<i16>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// An RRULE. Empty lists are absent parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// FREQ.
    pub frequency: Frequency,
    /// INTERVAL, at least 1.
    pub interval: u32,
    /// COUNT or UNTIL.
    pub end: End,
    /// BYSECOND, 0–59; a leap second counts as 59.
    pub by_second: Vec<i8>,
    /// BYMINUTE, 0–59.
    pub by_minute: Vec<i8>,
    /// BYHOUR, 0–23.
    pub by_hour: Vec<i8>,
    /// BYDAY.
    pub by_day: Vec<NthWeekday>,
    /// BYMONTHDAY, ±1–31.
    pub by_month_day: Vec<i8>,
    /// BYYEARDAY, ±1–366; ±1–385 in lunar calendars.
    pub by_year_day: Vec<i16>,
    /// BYWEEKNO, ±1–53.
    pub by_week_no: Vec<i8>,
    /// BYMONTH, 1–12.
    pub by_month: Vec<i8>,
    /// The leap months of BYMONTH (`6L`), of lunar calendars only.
    pub by_leap_month: Vec<i8>,
    /// BYSETPOS, ±1–366.
    pub by_set_pos: Vec<i16>,
    /// WKST.
    pub week_start: Weekday,
    /// SKIP.
    pub skip: Skip,
    /// RSCALE, where it is not the Gregorian calendar.
    pub lunar: Option<LunarCalendar>,
}

impl Rule {
    /// A rule with no BY parts.
    pub fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            end: End::Never,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_leap_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            skip: Skip::Omit,
            lunar: None,
        }
    }

    /// Whether it goes on forever.
    pub fn is_endless(&self) -> bool {
        self.end == End::Never
    }
}
