//! From the text of an RRULE to a [`Rule`].

use std::str::FromStr;

use jiff::civil::Weekday;

use super::{
    rule::{End, Frequency, NthWeekday, Rule, Skip, Until},
    values::{self, Written},
};
use crate::{
    calendar::{errors, korea::LunarCalendar},
    shared::Refusal,
};

/// Largest COUNT that is counted out; more is as good as endless.
pub const MAX_COUNT: u32 = 100_000;

/// Largest number of times of day one rule may name.
const MAX_TIMES: usize = 1_440;

/// Reads the value of an RRULE property.
pub fn rule(text: &str) -> Result<Rule, Refusal> {
    let mut parts = Vec::new();
    for part in text.trim().split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| invalid(format!("`{part}` has no `=`")))?;
        let name = name.trim().to_ascii_uppercase();
        if parts.iter().any(|(seen, _)| *seen == name) {
            return Err(invalid(format!("{name} occurs twice")));
        }
        parts.push((name, value.trim().to_ascii_uppercase()));
    }
    let frequency = parts.iter().find(|(name, _)| name == "FREQ").map(|(_, value)| frequency(value));
    let mut rule = Rule::every(frequency.ok_or_else(|| invalid("FREQ is missing"))??);
    for (name, value) in &parts {
        read_part(&mut rule, name, value)?;
    }
    check(&rule)?;
    Ok(rule)
}

fn read_part(rule: &mut Rule, name: &str, value: &str) -> Result<(), Refusal> {
    match name {
        "FREQ" => {}
        "INTERVAL" => rule.interval = number(name, value, 1, 1_000_000)?,
        "COUNT" => {
            let count = number(name, value, 1, u32::MAX)?;
            if count > MAX_COUNT {
                return Err(too_dense());
            }
            end(rule, End::Count(count))?;
        }
        "UNTIL" => end(rule, End::Until(until(value)?))?,
        "BYSECOND" => {
            rule.by_second = list(name, value, |v| number(name, v, 0, 60))?;
            rule.by_second.iter_mut().for_each(|second| *second = (*second).min(59));
        }
        "BYMINUTE" => rule.by_minute = list(name, value, |v| number(name, v, 0, 59))?,
        "BYHOUR" => rule.by_hour = list(name, value, |v| number(name, v, 0, 23))?,
        "BYDAY" => rule.by_day = list(name, value, nth_weekday)?,
        "BYMONTHDAY" => rule.by_month_day = list(name, value, |v| ordinal(name, v, 31))?,
        "BYYEARDAY" => rule.by_year_day = list(name, value, |v| ordinal(name, v, 385))?,
        "BYWEEKNO" => rule.by_week_no = list(name, value, |v| ordinal(name, v, 53))?,
        "BYMONTH" => {
            let (leap, plain) = list(name, value, month)?.into_iter().partition(|(_, leap)| *leap);
            let numbers = |months: Vec<(i8, bool)>| months.into_iter().map(|(number, _)| number).collect();
            (rule.by_month, rule.by_leap_month) = (numbers(plain), numbers(leap));
        }
        "BYSETPOS" => rule.by_set_pos = list(name, value, |v| ordinal(name, v, 366))?,
        "WKST" => rule.week_start = weekday(value)?,
        "RSCALE" if value == "GREGORIAN" => {}
        // CLDR's name for the calendar of Korea is DANGI; some programs say what they mean.
        "RSCALE" if matches!(value, "DANGI" | "KOREAN") => rule.lunar = Some(LunarCalendar::Korean),
        "RSCALE" if value == "CHINESE" => rule.lunar = Some(LunarCalendar::Chinese),
        "RSCALE" => return Err(errors::UNSUPPORTED_RECURRENCE.with("reason", format!("RSCALE={value}"))),
        "SKIP" => rule.skip = skip(value)?,
        _ => return Err(errors::UNSUPPORTED_RECURRENCE.with("reason", format!("the part {name}"))),
    }
    Ok(())
}

/// What the parts may not be together (RFC 5545 3.3.10).
fn check(rule: &Rule) -> Result<(), Refusal> {
    let frequency = rule.frequency;
    let ordinals = rule.by_day.iter().any(|day| day.nth.is_some());
    let in_month = frequency == Frequency::Monthly || !rule.by_month.is_empty();
    if ordinals && !matches!(frequency, Frequency::Monthly | Frequency::Yearly) {
        return Err(invalid("BYDAY with numbers needs FREQ=MONTHLY or YEARLY"));
    }
    if ordinals && !rule.by_week_no.is_empty() {
        return Err(invalid("BYDAY with numbers cannot go with BYWEEKNO"));
    }
    if in_month && rule.by_day.iter().any(|day| day.nth.is_some_and(|nth| nth.abs() > 5)) {
        return Err(invalid("a month has at most five of a weekday"));
    }
    if !rule.by_week_no.is_empty() && frequency != Frequency::Yearly {
        return Err(invalid("BYWEEKNO needs FREQ=YEARLY"));
    }
    let no_year_days = matches!(frequency, Frequency::Daily | Frequency::Weekly | Frequency::Monthly);
    if !rule.by_year_day.is_empty() && no_year_days {
        return Err(invalid("BYYEARDAY cannot go with FREQ=DAILY, WEEKLY or MONTHLY"));
    }
    if !rule.by_month_day.is_empty() && frequency == Frequency::Weekly {
        return Err(invalid("BYMONTHDAY cannot go with FREQ=WEEKLY"));
    }
    if !rule.by_set_pos.is_empty() && !has_other_by_part(rule) {
        return Err(invalid("BYSETPOS needs another BY part"));
    }
    match rule.lunar {
        None if !rule.by_leap_month.is_empty() => return Err(invalid("leap months need a lunar RSCALE")),
        None if rule.by_year_day.iter().any(|nth| nth.abs() > 366) => {
            return Err(invalid("a year has at most 366 days"));
        }
        Some(_) if !rule.by_week_no.is_empty() || frequency.is_sub_daily() => {
            let reason = "a lunar RSCALE with BYWEEKNO or less than days";
            return Err(errors::UNSUPPORTED_RECURRENCE.with("reason", reason));
        }
        _ => {}
    }
    let times = [&rule.by_hour, &rule.by_minute, &rule.by_second].map(|list| list.len().max(1));
    if times.iter().product::<usize>() > MAX_TIMES {
        return Err(too_dense());
    }
    Ok(())
}

fn has_other_by_part(rule: &Rule) -> bool {
    let small = [
        &rule.by_second,
        &rule.by_minute,
        &rule.by_hour,
        &rule.by_month_day,
        &rule.by_week_no,
        &rule.by_month,
        &rule.by_leap_month,
    ];
    small.iter().any(|list| !list.is_empty()) || !rule.by_day.is_empty() || !rule.by_year_day.is_empty()
}

fn frequency(value: &str) -> Result<Frequency, Refusal> {
    Ok(match value {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return Err(invalid(format!("FREQ={value}"))),
    })
}

fn end(rule: &mut Rule, end: End) -> Result<(), Refusal> {
    if !rule.is_endless() {
        return Err(invalid("COUNT and UNTIL exclude each other"));
    }
    rule.end = end;
    Ok(())
}

fn until(value: &str) -> Result<Until, Refusal> {
    Ok(match values::written(value).ok_or_else(|| invalid(format!("UNTIL={value}")))? {
        Written::Date(date) => Until::Date(date),
        Written::Local(local) => Until::Local(local),
        Written::Utc(instant) => Until::Utc(instant),
    })
}

fn skip(value: &str) -> Result<Skip, Refusal> {
    Ok(match value {
        "OMIT" => Skip::Omit,
        "BACKWARD" => Skip::Backward,
        "FORWARD" => Skip::Forward,
        _ => return Err(invalid(format!("SKIP={value}"))),
    })
}

fn list<T>(name: &str, value: &str, item: impl Fn(&str) -> Result<T, Refusal>) -> Result<Vec<T>, Refusal> {
    // Longer than any list of distinct values the standard allows.
    if value.len() > 4_000 {
        return Err(invalid(format!("{name} is too long")));
    }
    value.split(',').map(|v| item(v.trim())).collect()
}

fn number<T: FromStr + PartialOrd>(name: &str, value: &str, min: T, max: T) -> Result<T, Refusal> {
    match value.parse::<T>() {
        Ok(number) if number >= min && number <= max => Ok(number),
        _ => Err(invalid(format!("{name}={value}"))),
    }
}

fn ordinal<T: FromStr + PartialOrd + Into<i32> + Copy>(
    name: &str,
    value: &str,
    max: i32,
) -> Result<T, Refusal> {
    match value.parse::<T>() {
        Ok(number) if number.into() != 0 && number.into().abs() <= max => Ok(number),
        _ => Err(invalid(format!("{name}={value}"))),
    }
}

/// A month, and whether the leap month of that number is meant.
fn month(value: &str) -> Result<(i8, bool), Refusal> {
    let (digits, leap) = value.strip_suffix('L').map_or((value, false), |digits| (digits, true));
    Ok((number("BYMONTH", digits, 1, 12)?, leap))
}

fn nth_weekday(value: &str) -> Result<NthWeekday, Refusal> {
    let split = value.len().checked_sub(2).filter(|at| value.is_char_boundary(*at));
    let (digits, day) = value.split_at(split.ok_or_else(|| invalid(format!("BYDAY={value}")))?);
    let nth = if digits.is_empty() { None } else { Some(ordinal("BYDAY", digits, 53)?) };
    Ok(NthWeekday { nth, weekday: weekday(day)? })
}

/// The name of a weekday in BYDAY.
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

fn weekday(value: &str) -> Result<Weekday, Refusal> {
    Ok(match value {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err(invalid(format!("the weekday {value}"))),
    })
}

/// The refusal of something that cannot be read.
pub(super) fn invalid(reason: impl ToString) -> Refusal {
    errors::INVALID_RECURRENCE.with("reason", reason.to_string())
}

/// The refusal of what repeats too often.
pub fn too_dense() -> Refusal {
    errors::RECURRENCE_TOO_DENSE.with("count", MAX_COUNT).with("max", super::MAX_OCCURRENCES)
}
