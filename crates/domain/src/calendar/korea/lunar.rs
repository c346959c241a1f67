//! Lunar dates of Korea (ICU4X's `KoreanTraditional`), and days that come back each lunar year.

use icu_calendar::{
    Calendar, Date as IcuDate, Iso,
    cal::{ChineseTraditional, KoreanTraditional},
    types::{LeapStatus, Month, YearInput},
};
use jiff::civil::Date;

/// The years in which lunar dates are known; the first half of the last one is not complete.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// Whose lunar calendar: meridians differ, and with them one day in 26.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LunarCalendar {
    /// Korea's (CLDR `dangi`).
    Korean,
    /// China's.
    Chinese,
}

impl LunarCalendar {
    /// The lunar date of a day; `None` outside of the years 1900 to 2100.
    pub fn date_of(self, date: Date) -> Option<LunarDate> {
        match self {
            Self::Korean => LunarDate::of_rules(date, KoreanTraditional::new()),
            Self::Chinese => LunarDate::of_rules(date, ChineseTraditional::new()),
        }
    }
}

/// A day of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LunarDate {
    /// The year, by the Gregorian one in which it begins.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// Whether it is the leap month after the ordinary one of this number (윤달).
    pub leap: bool,
    /// 1 to 30.
    pub day: u8,
}

impl LunarDate {
    /// The lunar date of a day; `None` outside of the years 1900 to 2100.
    pub fn of(date: Date) -> Option<Self> {
        LunarCalendar::Korean.date_of(date)
    }

    fn of_rules<C: Calendar>(date: Date, calendar: C) -> Option<Self> {
        if !YEARS.contains(&i32::from(date.year())) {
            return None;
        }
        let month = u8::try_from(date.month()).ok()?;
        let iso = IcuDate::try_new_iso(i32::from(date.year()), month, u8::try_from(date.day()).ok()?).ok()?;
        let lunar = iso.to_calendar(calendar);
        Some(Self {
            year: lunar.year().extended_year(),
            month: lunar.month().number(),
            leap: lunar.month().leap_status() == LeapStatus::Leap,
            day: lunar.day_of_month().0,
        })
    }

    /// The day of a lunar date; `None` if its year has no such month or its month no such day.
    pub fn date(self) -> Option<Date> {
        self.day_in(LunarCalendar::Korean)
    }

    /// The same in another lunar calendar.
    pub fn day_in(self, calendar: LunarCalendar) -> Option<Date> {
        match calendar {
            LunarCalendar::Korean => self.day_by_rules(KoreanTraditional::new()),
            LunarCalendar::Chinese => self.day_by_rules(ChineseTraditional::new()),
        }
    }

    fn day_by_rules<C: Calendar>(self, calendar: C) -> Option<Date> {
        if !YEARS.contains(&self.year) || !(1..=12).contains(&self.month) {
            return None;
        }
        let month = if self.leap { Month::leap(self.month) } else { Month::new(self.month) };
        let year = YearInput::Extended(self.year);
        let lunar = IcuDate::try_new(year, month, self.day, calendar).ok()?;
        let iso = lunar.to_calendar(Iso);
        let year = i16::try_from(iso.year().extended_year()).ok()?;
        Date::new(year, i8::try_from(iso.month().number()).ok()?, i8::try_from(iso.day_of_month().0).ok()?)
            .ok()
    }

    /// The same date, or the last day of its month if the month is a day shorter.
    fn or_last_of_month(self) -> Option<Date> {
        self.date().or_else(|| Self { day: self.day.min(29), ..self }.date())
    }
}

/// When a day of a leap month is kept in a year that has that leap month. In all other years it is
/// kept in the ordinary month of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeapCustom {
    /// In the ordinary month, as in every year: most families' 제사.
    Ordinary,
    /// In the leap month: a birthday that comes back.
    Leap,
}

/// A day that comes back every lunar year: a birthday, a 제사, 설날.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anniversary {
    /// 1 to 12.
    pub month: u8,
    /// Whether the first one was in a leap month.
    pub leap: bool,
    /// 1 to 30. The 30th of a month of 29 days is kept on the 29th.
    pub day: u8,
    /// What becomes of a leap month.
    pub custom: LeapCustom,
    /// Whether it is kept on the evening before: 제사 held towards midnight of the eve.
    pub on_the_eve: bool,
}

impl Anniversary {
    /// A day of an ordinary month, kept on the day.
    pub fn on(month: u8, day: u8) -> Self {
        Self { month, leap: false, day, custom: LeapCustom::Ordinary, on_the_eve: false }
    }

    /// The day in a lunar year, named by the Gregorian year it begins in; `None` outside of 1900 to
    /// 2100.
    pub fn in_year(self, year: i32) -> Option<Date> {
        let ordinary = LunarDate { year, month: self.month, leap: false, day: self.day };
        let kept = LunarDate { leap: self.leap && self.custom == LeapCustom::Leap, ..ordinary };
        let day = if kept.leap { kept.or_last_of_month() } else { None };
        let day = day.or_else(|| ordinary.or_last_of_month())?;
        if self.on_the_eve { day.yesterday().ok() } else { Some(day) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn n07_every_day_there_and_back() {
        let mut date = day("1900-02-01");
        let mut lunar = LunarDate::of(date).unwrap();
        while date < day("2051-01-01") {
            assert_eq!(lunar.date(), Some(date));
            date = date.saturating_add(1.day());
            let next = LunarDate::of(date).unwrap();
            assert!(next.day == lunar.day + 1 || next.day == 1 && lunar.day >= 29, "{date}");
            lunar = next;
        }
    }

    // Dates on which a Chinese table is wrong, from the almanac of the Korea Astronomy and Space
    // Science Institute.
    #[test]
    fn n07_it_is_the_korean_calendar() {
        for (year, seollal) in
            [(2025, "2025-01-29"), (2026, "2026-02-17"), (2027, "2027-02-07"), (2028, "2028-01-27")]
        {
            assert_eq!(Anniversary::on(1, 1).in_year(year), Some(day(seollal)));
        }
        for (year, chuseok) in [(2025, "2025-10-06"), (2026, "2026-09-25"), (1978, "1978-09-17")] {
            assert_eq!(Anniversary::on(8, 15).in_year(year), Some(day(chuseok)));
        }
        assert_eq!(Anniversary::on(4, 8).in_year(2012), Some(day("2012-05-28")));
        assert_eq!(Anniversary::on(4, 8).in_year(2023), Some(day("2023-05-27")));
    }

    #[test]
    fn n07_a_leap_month_day_is_kept_in_years_without_it() {
        // 2025 has a leap sixth month, 2026 has none.
        let first = LunarDate::of(day("2025-07-25")).unwrap();
        assert_eq!((first.month, first.leap, first.day), (6, true, 1));
        let birthday = Anniversary { leap: true, custom: LeapCustom::Leap, ..Anniversary::on(6, 1) };
        assert_eq!(birthday.in_year(2025), Some(day("2025-07-25")));
        assert_eq!(birthday.in_year(2026), Anniversary::on(6, 1).in_year(2026));
        let memorial = Anniversary { custom: LeapCustom::Ordinary, ..birthday };
        assert_eq!(memorial.in_year(2025), Some(day("2025-06-25")));
        let eve = Anniversary { on_the_eve: true, ..memorial };
        assert_eq!(eve.in_year(2025), Some(day("2025-06-24")));
    }

    #[test]
    fn n07_the_thirtieth_of_a_short_month_is_its_last_day() {
        let mut short = 0;
        for year in 2024..=2050 {
            let kept = Anniversary::on(8, 30).in_year(year).unwrap();
            let lunar = LunarDate::of(kept).unwrap();
            assert_eq!((lunar.year, lunar.month, lunar.leap), (year, 8, false));
            assert_eq!(LunarDate::of(kept.tomorrow().unwrap()).unwrap().day, 1);
            short += u32::from(lunar.day == 29);
        }
        assert_eq!(short, 16);
        assert_eq!(LunarDate { year: 2025, month: 5, leap: true, day: 1 }.date(), None);
    }
}
