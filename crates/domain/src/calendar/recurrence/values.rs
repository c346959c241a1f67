//! Date and time values as iCalendar writes them (RFC 5545 3.3.4–3.3.6, 3.3.9).

use jiff::civil::{Date, DateTime, Time};

use crate::{calendar::Length, shared::Timestamp};

/// A DATE or DATE-TIME before its zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `20261121`
    Date(Date),
    /// `20261121T200000`
    Local(DateTime),
    /// `20261121T110000Z`
    Utc(Timestamp),
}

/// Reads a DATE or DATE-TIME; `None` if it is neither.
pub fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    let Some((date, time)) = text.split_once(['T', 't']) else { return date_of(text).map(Written::Date) };
    let (time, utc) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, true),
        None => (time, false),
    };
    let local = date_of(date)?.to_datetime(time_of(time)?);
    Some(if utc {
        let instant = jiff::tz::Offset::UTC.to_timestamp(local).ok()?;
        Written::Utc(instant.into())
    } else {
        Written::Local(local)
    })
}

/// Reads a DURATION such as `P1DT2H` or `-PT15M`; `None` if it is not one.
pub fn duration(text: &str) -> Option<Length> {
    let text = text.trim().to_ascii_uppercase();
    let (text, sign) = match text.strip_prefix('-') {
        Some(rest) => (rest.to_owned(), -1),
        None => (text.trim_start_matches('+').to_owned(), 1),
    };
    let rest = text.strip_prefix('P')?;
    let (dates, times) = rest.split_once('T').unwrap_or((rest, ""));
    let mut length = Length::default();
    for (amount, unit) in amounts(dates)? {
        length.days = length.days.checked_add(match unit {
            'W' => amount.checked_mul(7)?,
            'D' => amount,
            _ => return None,
        })?;
    }
    for (amount, unit) in amounts(times)? {
        let seconds = match unit {
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        length.micros = length.micros.checked_add(amount.checked_mul(seconds)?.checked_mul(1_000_000)?)?;
    }
    Some(Length { days: length.days * sign, micros: length.micros * sign })
}

fn amounts(text: &str) -> Option<Vec<(i64, char)>> {
    let mut amounts = Vec::new();
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        // Nine digits of anything are more than the calendar's ten thousand years of days.
        let amount = digits.parse::<i64>().ok().filter(|amount| *amount < 1_000_000_000)?;
        amounts.push((amount, c));
        digits.clear();
    }
    digits.is_empty().then_some(amounts)
}

fn date_of(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?)
        .ok()
        .filter(|d| d.year() > 0)
}

fn time_of(text: &str) -> Option<Time> {
    if !(text.len() == 6 || text.len() == 4) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let second: i8 = if text.len() == 6 { text[4..].parse().ok()? } else { 0 };
    Time::new(text[..2].parse().ok()?, text[2..4].parse().ok()?, second.min(59), 0)
        .ok()
        .filter(|_| second <= 60)
}

/// Writes a civil date as iCalendar does.
pub fn write_date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// Writes a civil time as iCalendar does; fractions of a second do not exist there.
pub fn write_local(local: DateTime) -> String {
    let date = write_date(local.date());
    format!("{date}T{:02}{:02}{:02}", local.hour(), local.minute(), local.second())
}
