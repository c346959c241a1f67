//! The days a day-based rule names within one of its periods.

use jiff::{
    Span,
    civil::{Date, Weekday},
};

use super::{
    moon,
    rule::{Frequency, NthWeekday, Rule, Skip},
};

/// The first day of the `index`th period after the one `start` is in; `None` beyond the year 9999.
pub(super) fn period(rule: &Rule, start: Date, index: i64) -> Option<Date> {
    if let (Some(calendar), Frequency::Yearly | Frequency::Monthly) = (rule.lunar, rule.frequency) {
        return moon::period(rule, calendar, start, index);
    }
    let steps = index.checked_mul(i64::from(rule.interval))?;
    match rule.frequency {
        Frequency::Yearly => {
            let year = i16::try_from(i64::from(start.year()).checked_add(steps)?).ok()?;
            Date::new(year, 1, 1).ok()
        }
        Frequency::Monthly => {
            let months = (i64::from(start.year()) * 12 + i64::from(start.month()) - 1).checked_add(steps)?;
            Date::new(
                i16::try_from(months.div_euclid(12)).ok()?,
                i8::try_from(months.rem_euclid(12)).ok()? + 1,
                1,
            )
            .ok()
        }
        Frequency::Weekly => plus_days(week_of(start, rule.week_start)?, steps.checked_mul(7)?),
        Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
            plus_days(start, steps)
        }
    }
}

/// The index of a period that certainly begins before `date`, and not much before; 0 at least.
pub(super) fn index_before(rule: &Rule, start: Date, date: Date) -> i64 {
    if rule.lunar.is_some() && matches!(rule.frequency, Frequency::Yearly | Frequency::Monthly) {
        return moon::index_before(rule, start, date);
    }
    let days = i64::from((date - start).get_days());
    let steps = match rule.frequency {
        Frequency::Yearly => i64::from(date.year()) - i64::from(start.year()) - 1,
        Frequency::Monthly => {
            (i64::from(date.year()) - i64::from(start.year())) * 12 + i64::from(date.month())
                - i64::from(start.month())
                - 1
        }
        Frequency::Weekly => days.div_euclid(7) - 1,
        Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => days - 1,
    };
    (steps.div_euclid(i64::from(rule.interval)) - 1).max(0)
}

/// The days of the period that begins on `period`, ascending and distinct. What the rule leaves
/// open is filled from `start`.
pub(super) fn days(rule: &Rule, start: Date, period: Date) -> Vec<Date> {
    let mut days = match (rule.lunar, rule.frequency) {
        (Some(calendar), _) => moon::days(rule, calendar, start, period),
        (None, Frequency::Yearly) => yearly(rule, start, period),
        (None, Frequency::Monthly) => monthly(rule, start, period),
        (None, Frequency::Weekly) => weekly(rule, start, period),
        (None, Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) => {
            daily(rule, period)
        }
    };
    days.sort_unstable();
    days.dedup();
    days
}

/// Whether a day passes every BY part that limits days; for rules whose periods are a day or less.
pub(super) fn passes(rule: &Rule, day: Date) -> bool {
    in_months(rule, day)
        && (rule.by_month_day.is_empty()
            || rule.by_month_day.iter().any(|nth| from_end(*nth, day.days_in_month()) == Some(day.day())))
        && (rule.by_year_day.is_empty()
            || rule
                .by_year_day
                .iter()
                .any(|nth| from_end(*nth, day.days_in_year()) == Some(day.day_of_year())))
        && (rule.by_day.is_empty() || rule.by_day.iter().any(|by| by.weekday == day.weekday()))
}

fn yearly(rule: &Rule, start: Date, period: Date) -> Vec<Date> {
    let year = period.year();
    if !rule.by_year_day.is_empty() {
        let length = period.days_in_year();
        let named = rule.by_year_day.iter().filter_map(|nth| from_end(*nth, length));
        let mut days: Vec<Date> = named.filter_map(|day| plus_days(period, i64::from(day) - 1)).collect();
        days.retain(|day| in_months(rule, *day) && in_weeks(rule, *day) && is_named_weekday(rule, *day));
        days.retain(|day| {
            rule.by_month_day.is_empty()
                || rule.by_month_day.iter().any(|nth| from_end(*nth, day.days_in_month()) == Some(day.day()))
        });
        return days;
    }
    if !rule.by_month_day.is_empty() {
        let mut days: Vec<Date> = months(rule, 1..=12)
            .flat_map(|month| month_days(rule, year, month, &rule.by_month_day))
            .collect();
        days.retain(|day| in_weeks(rule, *day) && is_named_weekday(rule, *day));
        return days;
    }
    if !rule.by_week_no.is_empty() {
        let mut days = week_days(rule, start, year);
        days.retain(|day| in_months(rule, *day));
        return days;
    }
    if !rule.by_day.is_empty() {
        if rule.by_month.is_empty() {
            return weekdays(&rule.by_day, period, period.days_in_year());
        }
        let firsts = months(rule, 1..=12).filter_map(|month| Date::new(year, month, 1).ok());
        return firsts
            .flat_map(|first| weekdays(&rule.by_day, first, first.days_in_month().into()))
            .collect();
    }
    let own = start.month()..=start.month();
    months(rule, own).flat_map(|month| month_days(rule, year, month, &[start.day()])).collect()
}

fn monthly(rule: &Rule, start: Date, period: Date) -> Vec<Date> {
    if !in_months(rule, period) {
        return Vec::new();
    }
    if !rule.by_month_day.is_empty() {
        let mut days = month_days(rule, period.year(), period.month(), &rule.by_month_day);
        days.retain(|day| is_named_weekday(rule, *day));
        return days;
    }
    if !rule.by_day.is_empty() {
        return weekdays(&rule.by_day, period, period.days_in_month().into());
    }
    month_days(rule, period.year(), period.month(), &[start.day()])
}

fn weekly(rule: &Rule, start: Date, period: Date) -> Vec<Date> {
    let own = [NthWeekday { nth: None, weekday: start.weekday() }];
    let named = if rule.by_day.is_empty() { &own[..] } else { &rule.by_day };
    let mut days = weekdays_without_numbers(named, period);
    days.retain(|day| in_months(rule, *day));
    days
}

fn daily(rule: &Rule, period: Date) -> Vec<Date> {
    if passes(rule, period) { vec![period] } else { Vec::new() }
}

/// The named months, or `others` where BYMONTH is absent.
fn months(rule: &Rule, others: std::ops::RangeInclusive<i8>) -> impl Iterator<Item = i8> {
    let named = if rule.by_month.is_empty() { others.collect() } else { rule.by_month.clone() };
    named.into_iter()
}

fn in_months(rule: &Rule, day: Date) -> bool {
    rule.by_month.is_empty() || rule.by_month.contains(&day.month())
}

/// Days of a month by number; a day the month does not have follows SKIP.
fn month_days(rule: &Rule, year: i16, month: i8, numbers: &[i8]) -> Vec<Date> {
    let Ok(first) = Date::new(year, month, 1) else { return Vec::new() };
    let length = first.days_in_month();
    let day = |number: &i8| match from_end(*number, length) {
        Some(day) => first.with().day(day).build().ok(),
        None if *number < 0 => None,
        None => match rule.skip {
            Skip::Omit => None,
            Skip::Backward => Some(first.last_of_month()),
            Skip::Forward => first.last_of_month().tomorrow().ok(),
        },
    };
    numbers.iter().filter_map(day).collect()
}

/// The number itself, or counted from the end where negative; `None` if there is no such.
pub(super) fn from_end<T: Into<i32> + TryFrom<i32> + Copy>(number: T, length: T) -> Option<T> {
    let (number, length) = (number.into(), length.into());
    let day = if number < 0 { length + 1 + number } else { number };
    if (1..=length).contains(&day) { T::try_from(day).ok() } else { None }
}

/// The weekdays named by BYDAY within the `length` days from `first` on.
pub(super) fn weekdays(named: &[NthWeekday], first: Date, length: i16) -> Vec<Date> {
    let mut days = Vec::new();
    for by in named {
        let offset = i16::from(first.weekday().until(by.weekday));
        let count = (length - offset + 6) / 7;
        let wanted = match by.nth {
            None => 0..count,
            Some(nth) if nth > 0 && nth <= count => nth - 1..nth,
            Some(nth) if nth < 0 && -nth <= count => count + nth..count + nth + 1,
            Some(_) => continue,
        };
        days.extend(wanted.filter_map(|week| plus_days(first, i64::from(offset + week * 7))));
    }
    days
}

pub(super) fn weekdays_without_numbers(named: &[NthWeekday], week: Date) -> Vec<Date> {
    named.iter().filter_map(|by| plus_days(week, i64::from(week.weekday().until(by.weekday)))).collect()
}

/// Whether a day that other parts chose is one of BYDAY's. Numbers count within the month where
/// the rule speaks of months, else within the year.
fn is_named_weekday(rule: &Rule, day: Date) -> bool {
    if rule.by_day.is_empty() {
        return true;
    }
    let in_month = rule.frequency == Frequency::Monthly || !rule.by_month.is_empty();
    let (index, length) = if in_month {
        (i16::from(day.day()), i16::from(day.days_in_month()))
    } else {
        (day.day_of_year(), day.days_in_year())
    };
    rule.by_day.iter().any(|by| {
        by.weekday == day.weekday()
            && by.nth.is_none_or(|nth| {
                if nth > 0 { (index - 1) / 7 + 1 == nth } else { (length - index) / 7 + 1 == -nth }
            })
    })
}

/// The days of the weeks BYWEEKNO names in a year, also those that lie in the year before or after.
fn week_days(rule: &Rule, start: Date, year: i16) -> Vec<Date> {
    let own = [NthWeekday { nth: None, weekday: start.weekday() }];
    let named = if rule.by_day.is_empty() { &own[..] } else { &rule.by_day };
    let Some((first, count)) = weeks(year, rule.week_start) else { return Vec::new() };
    let weeks = rule.by_week_no.iter().filter_map(|number| from_end(*number, count));
    let weeks = weeks.filter_map(|week| plus_days(first, (i64::from(week) - 1) * 7));
    weeks.flat_map(|week| weekdays_without_numbers(named, week)).collect()
}

fn in_weeks(rule: &Rule, day: Date) -> bool {
    if rule.by_week_no.is_empty() {
        return true;
    }
    // The last days of December may belong to the next year's first week, and the other way round.
    [-1, 0, 1].into_iter().any(|years| {
        weeks(day.year() + years, rule.week_start).is_some_and(|(first, count)| {
            let week = i64::from((day - first).get_days()).div_euclid(7) + 1;
            rule.by_week_no.iter().any(|number| from_end(*number, count).map(i64::from) == Some(week))
        })
    })
}

/// The first day of week 1 of a year, and how many weeks it has. Week 1 is the first with at least
/// four days in the year, which is the one that 4 January is in.
fn weeks(year: i16, week_start: Weekday) -> Option<(Date, i8)> {
    let first = week_of(Date::new(year, 1, 4).ok()?, week_start)?;
    let next = week_of(Date::new(year + 1, 1, 4).ok()?, week_start)?;
    Some((first, i8::try_from((next - first).get_days() / 7).ok()?))
}

/// The first day of the week that a day is in.
pub(super) fn week_of(day: Date, week_start: Weekday) -> Option<Date> {
    plus_days(day, -i64::from(week_start.until(day.weekday())))
}

pub(super) fn plus_days(day: Date, days: i64) -> Option<Date> {
    let days = Span::new().try_days(days).ok()?;
    day.checked_add(days).ok()
}
