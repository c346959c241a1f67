//! Rules that count by a lunar calendar (RFC 7529): their periods, and the days they name.
//!
//! A leap month is a month of its own. Where a year has no such leap month, or a month no 30th,
//! SKIP decides: left out, moved back (to the ordinary month, to the 29th) or forward (to the next
//! month, to its first day).

use jiff::civil::Date;

use super::{
    dates::{from_end, plus_days, weekdays, weekdays_without_numbers},
    rule::{Frequency, NthWeekday, Rule, Skip},
};
use crate::calendar::korea::{LunarCalendar, LunarDate};

/// The mean length of a lunar month, in millionths of a day.
const MONTH: i64 = 29_530_589;
const DAY: i64 = 1_000_000;

/// A month of a lunar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Month {
    year: i32,
    number: u8,
    leap: bool,
    first: Date,
    length: i16,
}

/// The first day of the `index`th period after the one `start` is in; `None` beyond the tables.
pub(super) fn period(rule: &Rule, calendar: LunarCalendar, start: Date, index: i64) -> Option<Date> {
    let steps = index.checked_mul(i64::from(rule.interval))?;
    let from = calendar.date_of(start)?;
    if rule.frequency == Frequency::Yearly {
        return new_year(calendar, i32::try_from(i64::from(from.year).checked_add(steps)?).ok()?);
    }
    let first = LunarDate { day: 1, ..from }.day_in(calendar)?;
    // Months differ from their mean by less than a day, so that their middle is never missed.
    let middle = steps.checked_mul(MONTH)? / DAY + 14;
    let within = calendar.date_of(plus_days(first, middle)?)?;
    LunarDate { day: 1, ..within }.day_in(calendar)
}

/// The index of a period that certainly begins before `date`, and not much before; 0 at least.
pub(super) fn index_before(rule: &Rule, start: Date, date: Date) -> i64 {
    let days = i64::from((date - start).get_days());
    let yearly = rule.frequency == Frequency::Yearly;
    let periods = if yearly { days / 365 } else { days * DAY / MONTH } - 2;
    (periods.div_euclid(i64::from(rule.interval)) - 1).max(0)
}

/// The days of the period that begins on `period`, in any order.
pub(super) fn days(rule: &Rule, calendar: LunarCalendar, start: Date, period: Date) -> Vec<Date> {
    let Some(own) = calendar.date_of(start) else { return Vec::new() };
    match rule.frequency {
        Frequency::Yearly => yearly(rule, calendar, own, period),
        Frequency::Monthly => monthly(rule, calendar, own, period),
        Frequency::Weekly => {
            let weekday = [NthWeekday { nth: None, weekday: start.weekday() }];
            let named = if rule.by_day.is_empty() { &weekday[..] } else { &rule.by_day };
            let mut days = weekdays_without_numbers(named, period);
            days.retain(|day| passes(rule, calendar, *day));
            days
        }
        Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
            if passes(rule, calendar, period) { vec![period] } else { Vec::new() }
        }
    }
}

fn yearly(rule: &Rule, calendar: LunarCalendar, own: LunarDate, period: Date) -> Vec<Date> {
    let Some(year) = calendar.date_of(period).map(|date| date.year) else { return Vec::new() };
    let length = new_year(calendar, year + 1).map_or(0, |next| days_between(period, next));
    if !rule.by_year_day.is_empty() {
        let numbers = rule.by_year_day.iter().filter_map(|number| from_end(*number, length));
        let mut days: Vec<Date> =
            numbers.filter_map(|number| plus_days(period, i64::from(number) - 1)).collect();
        days.retain(|day| passes(rule, calendar, *day));
        return days;
    }
    let some_months = !rule.by_month.is_empty() || !rule.by_leap_month.is_empty();
    if rule.by_month_day.is_empty() && !rule.by_day.is_empty() {
        if !some_months {
            return weekdays(&rule.by_day, period, length);
        }
        let months = named_months(rule, calendar, year);
        return months.iter().flat_map(|month| weekdays(&rule.by_day, month.first, month.length)).collect();
    }
    let months = if some_months {
        named_months(rule, calendar, year)
    } else if !rule.by_month_day.is_empty() {
        all_months(calendar, year)
    } else {
        in_year(rule.skip, calendar, year, own.month, own.leap).into_iter().collect()
    };
    let own_day = [i8::try_from(own.day).unwrap_or(1)];
    let numbers = if rule.by_month_day.is_empty() { &own_day[..] } else { &rule.by_month_day };
    let mut days: Vec<Date> = months.iter().flat_map(|month| month_days(rule.skip, month, numbers)).collect();
    days.retain(|day| is_named_weekday(rule, calendar, *day));
    days
}

fn monthly(rule: &Rule, calendar: LunarCalendar, own: LunarDate, period: Date) -> Vec<Date> {
    let Some(month) = month_of(calendar, period).filter(|month| is_named(rule, calendar, month)) else {
        return Vec::new();
    };
    if rule.by_month_day.is_empty() && !rule.by_day.is_empty() {
        return weekdays(&rule.by_day, month.first, month.length);
    }
    let own_day = [i8::try_from(own.day).unwrap_or(1)];
    let numbers = if rule.by_month_day.is_empty() { &own_day[..] } else { &rule.by_month_day };
    let mut days = month_days(rule.skip, &month, numbers);
    days.retain(|day| is_named_weekday(rule, calendar, *day));
    days
}

/// Whether a day passes every BY part that limits days.
fn passes(rule: &Rule, calendar: LunarCalendar, day: Date) -> bool {
    let Some(month) = month_of(calendar, day) else { return false };
    let number = days_between(month.first, day) + 1;
    is_named(rule, calendar, &month)
        && (rule.by_month_day.is_empty()
            || rule.by_month_day.iter().any(|nth| from_end(i16::from(*nth), month.length) == Some(number)))
        && is_named_weekday(rule, calendar, day)
}

/// Days of a month by number; a day the month does not have follows SKIP.
fn month_days(skip: Skip, month: &Month, numbers: &[i8]) -> Vec<Date> {
    let day = |number: &i8| {
        let number = match (from_end(i16::from(*number), month.length), skip) {
            (Some(number), _) => number,
            (None, Skip::Backward) if *number > 0 => month.length,
            (None, Skip::Forward) if *number > 0 => month.length + 1,
            (None, _) => return None,
        };
        plus_days(month.first, i64::from(number) - 1)
    };
    numbers.iter().filter_map(day).collect()
}

/// Whether a day is one of BYDAY's. Numbers count within the month where the rule speaks of months,
/// else within the year.
fn is_named_weekday(rule: &Rule, calendar: LunarCalendar, day: Date) -> bool {
    if rule.by_day.is_empty() {
        return true;
    }
    let within = || {
        let month = month_of(calendar, day)?;
        let in_month = rule.frequency == Frequency::Monthly
            || !rule.by_month.is_empty()
            || !rule.by_leap_month.is_empty();
        if in_month {
            return Some((days_between(month.first, day) + 1, month.length));
        }
        let (first, next) = (new_year(calendar, month.year)?, new_year(calendar, month.year + 1)?);
        Some((days_between(first, day) + 1, days_between(first, next)))
    };
    rule.by_day.iter().any(|by| {
        by.weekday == day.weekday()
            && by.nth.is_none_or(|nth| {
                within().is_some_and(|(index, length)| {
                    if nth > 0 { (index - 1) / 7 + 1 == nth } else { (length - index) / 7 + 1 == -nth }
                })
            })
    })
}

/// The months that BYMONTH names in a year.
fn named_months(rule: &Rule, calendar: LunarCalendar, year: i32) -> Vec<Month> {
    let named = |numbers: &[i8], leap: bool| -> Vec<Month> {
        let numbers = numbers.iter().filter_map(|number| u8::try_from(*number).ok());
        numbers.filter_map(|number| in_year(rule.skip, calendar, year, number, leap)).collect()
    };
    let mut months = named(&rule.by_month, false);
    months.extend(named(&rule.by_leap_month, true));
    months
}

fn is_named(rule: &Rule, calendar: LunarCalendar, month: &Month) -> bool {
    let all = rule.by_month.is_empty() && rule.by_leap_month.is_empty();
    // A leap twelfth month moves into the year after.
    all || named_months(rule, calendar, month.year).contains(month)
        || named_months(rule, calendar, month.year - 1).contains(month)
}

/// A month of a year, or the one that stands in for a leap month the year does not have.
fn in_year(skip: Skip, calendar: LunarCalendar, year: i32, number: u8, leap: bool) -> Option<Month> {
    let found = month(calendar, year, number, leap);
    match skip {
        _ if found.is_some() => found,
        Skip::Omit => None,
        Skip::Backward => month(calendar, year, number, false),
        Skip::Forward if number == 12 => month(calendar, year + 1, 1, false),
        Skip::Forward => month(calendar, year, number + 1, false),
    }
}

fn all_months(calendar: LunarCalendar, year: i32) -> Vec<Month> {
    let numbers = (1..=12).flat_map(|number| [(number, false), (number, true)]);
    numbers.filter_map(|(number, leap)| month(calendar, year, number, leap)).collect()
}

fn month(calendar: LunarCalendar, year: i32, number: u8, leap: bool) -> Option<Month> {
    let date = |day: u8| LunarDate { year, month: number, leap, day }.day_in(calendar);
    let first = date(1)?;
    Some(Month { year, number, leap, first, length: if date(30).is_some() { 30 } else { 29 } })
}

fn month_of(calendar: LunarCalendar, day: Date) -> Option<Month> {
    let date = calendar.date_of(day)?;
    month(calendar, date.year, date.month, date.leap)
}

fn new_year(calendar: LunarCalendar, year: i32) -> Option<Date> {
    LunarDate { year, month: 1, leap: false, day: 1 }.day_in(calendar)
}

fn days_between(from: Date, to: Date) -> i16 {
    i16::try_from((to - from).get_days()).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use crate::calendar::{
        EventTime, Length, Recurrence, Window,
        korea::{Anniversary, LeapCustom, LunarDate},
        time::DAY,
    };
    use jiff::civil::Date;

    fn days(start: &str, rule: &str, to: &str) -> Vec<String> {
        let start = EventTime::Date(start.parse().unwrap());
        let recurrence = Recurrence::parse(&[format!("RRULE:{rule}")]).unwrap();
        let to = EventTime::Date(to.parse().unwrap()).micros();
        let window = Window { from: start.micros(), to };
        let found = recurrence.occurrences(&start, Length { days: 1, micros: 0 }, window);
        assert!(!found.truncated);
        let frame = start.frame();
        found.instances.iter().map(|instance| frame.civil(instance.start).date().to_string()).collect()
    }

    // The example of RFC 7529 section 4.1 for the Chinese calendar, and 설날 as Korea has it.
    #[test]
    fn n07_new_years_of_both_calendars() {
        let chinese = days("2013-02-10", "RSCALE=CHINESE;FREQ=YEARLY;COUNT=4", "2020-01-01");
        assert_eq!(chinese, ["2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08"]);
        let korean = days("2026-02-17", "RSCALE=DANGI;FREQ=YEARLY", "2029-01-01");
        assert_eq!(korean, ["2026-02-17", "2027-02-07", "2028-01-27"]);
        let chinese = days("2026-02-17", "RSCALE=CHINESE;FREQ=YEARLY", "2029-01-01");
        assert_eq!(chinese, ["2026-02-17", "2027-02-06", "2028-01-26"]);
        assert_eq!(
            days("2026-02-17", "rscale=korean;FREQ=YEARLY", "2029-01-01"),
            korean,
            "as some programs call it"
        );
        let chuseok = "RSCALE=DANGI;FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=15;COUNT=3";
        assert_eq!(days("2025-10-06", chuseok, "2030-01-01"), ["2025-10-06", "2026-09-25", "2027-09-15"]);
    }

    #[test]
    fn n07_leap_months_follow_skip() {
        // 2025 has a leap sixth month; the next one comes in 2036.
        let birthday =
            |skip: &str, to: &str| days("2025-07-25", &format!("RSCALE=DANGI;FREQ=YEARLY;{skip}"), to);
        assert_eq!(birthday("SKIP=OMIT", "2037-01-01"), ["2025-07-25", "2036-07-23"]);
        assert_eq!(birthday("SKIP=BACKWARD", "2027-01-01"), ["2025-07-25", "2026-07-14"]);
        assert_eq!(birthday("SKIP=FORWARD", "2027-01-01"), ["2025-07-25", "2026-08-13"]);
        let named = days("2025-07-25", "RSCALE=DANGI;FREQ=YEARLY;BYMONTH=6L,6;BYMONTHDAY=1", "2027-01-01");
        assert_eq!(named, ["2025-07-25", "2026-07-14"], "without doubles where the leap month is left out");
    }

    #[test]
    fn n07_the_thirtieth_follows_skip() {
        // From the 30th of the eleventh month of 2025 on; the twelfth and second have 29 days.
        let found = |skip: &str| -> Vec<(u8, u8)> {
            let rule = format!("RSCALE=DANGI;FREQ=MONTHLY;BYMONTHDAY=30;SKIP={skip}");
            let date = |day: &String| LunarDate::of(day.parse::<Date>().unwrap()).unwrap();
            days("2026-01-18", &rule, "2026-05-17").iter().map(date).map(|on| (on.month, on.day)).collect()
        };
        assert_eq!(found("OMIT"), [(11, 30), (1, 30), (3, 30)]);
        assert_eq!(found("BACKWARD"), [(11, 30), (12, 29), (1, 30), (2, 29), (3, 30)]);
        assert_eq!(found("FORWARD"), [(11, 30), (1, 1), (1, 30), (3, 1), (3, 30)]);
        // What two months name is one start, also for COUNT.
        let rule = "RSCALE=DANGI;FREQ=MONTHLY;BYMONTHDAY=1,30;SKIP=FORWARD;COUNT=4";
        assert_eq!(
            days("2026-01-18", rule, "2027-01-01"),
            ["2026-01-18", "2026-01-19", "2026-02-17", "2026-03-18"]
        );
    }

    /// SKIP=BACKWARD is what families do with birthdays: the same as an anniversary, every year.
    #[test]
    fn n07_a_lunar_birthday_is_an_anniversary() {
        for (month, day) in [(1, 1), (4, 8), (6, 15), (8, 30), (12, 30)] {
            let kept = Anniversary { custom: LeapCustom::Leap, ..Anniversary::on(month, day) };
            let rule = format!("RSCALE=DANGI;FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day};SKIP=BACKWARD");
            let start = kept.in_year(1950).unwrap().to_string();
            let expected: Vec<String> =
                (1950..=2050).filter_map(|year| kept.in_year(year)).map(|day| day.to_string()).collect();
            let found = days(&start, &rule, "2051-12-31");
            assert_eq!(found[..101], expected[..], "{month}/{day}");
        }
    }

    #[test]
    fn n07_far_windows_agree_with_walking_there() {
        let start = EventTime::Date("1950-02-17".parse().unwrap());
        for rule in [
            "FREQ=YEARLY;BYMONTHDAY=1,15",
            "FREQ=MONTHLY;INTERVAL=3",
            "FREQ=MONTHLY;BYDAY=-1SU",
            "FREQ=YEARLY;BYDAY=1MO",
            "FREQ=YEARLY;BYYEARDAY=-1,380",
            "FREQ=DAILY;BYMONTH=1,6L;BYMONTHDAY=1",
            "FREQ=WEEKLY;BYMONTH=12",
            "FREQ=YEARLY;BYMONTH=5L;SKIP=FORWARD",
        ] {
            let recurrence = Recurrence::parse(&[format!("RRULE:RSCALE=DANGI;{rule}")]).unwrap();
            let length = Length { days: 1, micros: 0 };
            let all = Window { from: start.micros(), to: start.micros() + 40_000 * DAY };
            let all = recurrence.occurrences(&start, length, all);
            assert!(!all.truncated && all.instances.len() > 30, "{rule}: {}", all.instances.len());
            for years in [1, 20, 51, 76, 99] {
                let from = start.micros() + years * 365 * DAY;
                let window = Window { from, to: from + 700 * DAY };
                let here = recurrence.occurrences(&start, length, window).instances;
                let there: Vec<_> = all
                    .instances
                    .iter()
                    .filter(|instance| window.overlaps(instance.start, instance.end))
                    .copied()
                    .collect();
                assert_eq!(here, there, "{rule} after {years} years");
            }
        }
    }
}
