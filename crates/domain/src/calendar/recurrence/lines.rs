//! RRULE, RDATE and EXDATE lines as clients send and files hold them.

use super::{
    parse,
    rule::Rule,
    values::{self, Written},
};
use crate::{
    calendar::{EventTime, Frame, Length, Zone},
    shared::Refusal,
};

/// Most values RDATE and EXDATE lines may hold in one event.
pub(super) const MAX_DATES: usize = 10_000;

/// One line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Rule(Box<Rule>),
    Dates(Vec<ExtraDate>),
    Excluded(Vec<Value>),
}

/// A date of RDATE or EXDATE, before it meets the clock of its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    written: Written,
    zone: Option<Zone>,
}

/// An RDATE, which may bring its own length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExtraDate {
    pub(super) value: Value,
    pub(super) end: Option<PeriodEnd>,
}

/// The second half of a PERIOD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PeriodEnd {
    At(Value),
    After(Length),
}

impl Value {
    /// Its place on the line of a series' frame; `None` where their kinds differ, because EXDATE and
    /// RDATE name exact starts.
    pub(super) fn place(&self, start: &EventTime) -> Option<i64> {
        let frame = start.frame();
        match (self.written, &frame) {
            (Written::Date(date), Frame::Date) => frame.micros(date.at(0, 0, 0, 0)),
            (Written::Date(_) | Written::Utc(_), Frame::Floating) | (Written::Date(_), Frame::Zoned(_)) => {
                None
            }
            (Written::Local(_) | Written::Utc(_), Frame::Date) => None,
            (Written::Utc(instant), Frame::Zoned(_)) => Some(instant.micros()),
            (Written::Local(local), Frame::Floating) => frame.micros(local),
            (Written::Local(local), Frame::Zoned(zone)) => {
                Some(EventTime::Zoned(local, self.zone.clone().unwrap_or_else(|| zone.clone())).micros())
            }
        }
    }
}

/// Reads one line.
pub(super) fn read(line: &str) -> Result<Line, Refusal> {
    let line = line.trim();
    let (head, value) = line.split_once(':').ok_or_else(|| parse::invalid("a line needs a colon"))?;
    let mut head = head.split(';');
    let name = head.next().unwrap_or_default().trim().to_ascii_uppercase();
    let mut zone = None;
    let mut periods = false;
    for parameter in head {
        let (key, text) = parameter.split_once('=').unwrap_or((parameter, ""));
        let text = text.trim().trim_matches('"');
        match key.trim().to_ascii_uppercase().as_str() {
            "TZID" => zone = Some(Zone::parse(text)?),
            "VALUE" => periods = text.eq_ignore_ascii_case("PERIOD"),
            _ => {}
        }
    }
    match name.as_str() {
        "RRULE" => Ok(Line::Rule(Box::new(parse::rule(value)?))),
        "RDATE" => items(value, |item| extra(item, zone.as_ref(), periods)).map(Line::Dates),
        "EXDATE" => items(value, |item| single(item, zone.as_ref())).map(Line::Excluded),
        _ => Err(parse::invalid("a line begins with RRULE, RDATE or EXDATE")),
    }
}

fn items<T>(value: &str, item: impl Fn(&str) -> Result<T, Refusal>) -> Result<Vec<T>, Refusal> {
    let texts = value.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.map(item).collect()
}

fn single(text: &str, zone: Option<&Zone>) -> Result<Value, Refusal> {
    let written = values::written(text).ok_or_else(|| parse::invalid(format!("`{text}` is not a date")))?;
    Ok(Value { written, zone: zone.cloned() })
}

fn extra(text: &str, zone: Option<&Zone>, period: bool) -> Result<ExtraDate, Refusal> {
    let Some((start, end)) = text.split_once('/').filter(|_| period || text.contains('/')) else {
        return Ok(ExtraDate { value: single(text, zone)?, end: None });
    };
    let end = match values::duration(end) {
        Some(length) if length.days >= 0 && length.micros >= 0 => PeriodEnd::After(length),
        _ => PeriodEnd::At(single(end, zone)?),
    };
    Ok(ExtraDate { value: single(start, zone)?, end: Some(end) })
}
