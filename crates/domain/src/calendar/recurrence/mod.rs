//! How something repeats: RFC 5545 recurrence on local time, zones resolved last.
//!
//! * A rule names local times (`rule`, read by `parse`); `dates` and `clock` find them period by
//!   period, and `walk` begins near the window instead of at DTSTART.
//! * A nonexistent local time moves as RFC 5545 3.3.5 says for DAILY and coarser rules; HOURLY and
//!   finer rules step in elapsed time. Invalid dates (31 June) are dropped and not counted.
//! * DTSTART is always the first occurrence, and COUNT counts it. EXDATE wins over everything.
//! * Work is bounded: what would take more than the budget says so instead of running on.

mod clock;
mod dates;
mod lines;
mod moon;
pub mod parse;
pub mod rule;
pub mod values;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
pub use walk::Budget;

use self::{
    lines::{ExtraDate, Line, PeriodEnd, Value},
    rule::{End, Rule, Until},
};
use super::{EventTime, Length, Window, time::DAY};
use crate::shared::{FieldError, Refusal};

/// Most occurrences one series may have in the 400 days a range can span.
pub const MAX_OCCURRENCES: u32 = 12_000;

/// Periods one expansion may look at.
const STEPS: u32 = 200_000;

/// Most recurrence lines of one event.
const MAX_LINES: usize = 100;

/// The last microsecond of the year 9999.
const LAST: i64 = 253_402_300_799_999_999;

/// The RRULE, RDATE and EXDATE of a series. Without lines, something happens once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recurrence {
    lines: Vec<String>,
    rules: Vec<Rule>,
    dates: Vec<ExtraDate>,
    excluded: Vec<Value>,
}

/// One start that a recurrence names, as places on its frame's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Where it begins, which is also what names it within its series.
    pub start: i64,
    /// Where it ends.
    pub end: i64,
}

/// What an expansion found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The instances overlapping the window, ascending by start.
    pub instances: Vec<Instance>,
    /// Whether the work was cut short, so that there may be more.
    pub truncated: bool,
}

impl Recurrence {
    /// Reads lines such as `RRULE:FREQ=WEEKLY;BYDAY=MO`; what is wrong is listed line by line,
    /// pointing below `/recurrence`.
    pub fn parse(lines: &[String]) -> Result<Self, Vec<FieldError>> {
        let mut recurrence = Self::default();
        let mut errors = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            if let Err(refusal) = recurrence.add(line, index) {
                errors.push(refusal.at(format!("/recurrence/{index}")));
            }
        }
        if errors.is_empty() { Ok(recurrence) } else { Err(errors) }
    }

    /// From stored lines, which were parsed before; a line that no longer parses is left out.
    pub fn restore(lines: Vec<String>) -> Self {
        let mut recurrence = Self::default();
        for (index, line) in lines.iter().enumerate() {
            // Stored lines were parsed on the way in; one of a newer version is kept as text.
            let _unreadable = recurrence.add(line, index);
        }
        recurrence.lines = lines;
        recurrence
    }

    fn add(&mut self, line: &str, index: usize) -> Result<(), Refusal> {
        if index >= MAX_LINES {
            return Err(crate::shared::platform::TOO_MANY_ITEMS.with("max", MAX_LINES));
        }
        if line.chars().any(char::is_control) {
            return Err(parse::invalid("a line has no control characters"));
        }
        match lines::read(line)? {
            Line::Rule(rule) => self.rules.push(*rule),
            Line::Dates(dates) => self.dates.extend(dates),
            Line::Excluded(dates) => self.excluded.extend(dates),
        }
        if self.dates.len() + self.excluded.len() > lines::MAX_DATES {
            return Err(parse::too_dense());
        }
        self.lines.push(line.trim().to_owned());
        Ok(())
    }

    /// The lines as they were given.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether something happens more than once.
    pub fn repeats(&self) -> bool {
        !self.rules.is_empty() || !self.dates.is_empty()
    }

    /// Whether some rule never ends.
    pub fn is_endless(&self) -> bool {
        self.rules.iter().any(Rule::is_endless)
    }

    /// A place after which nothing starts any more, if the lines themselves say so. `None` for
    /// endless and for counted rules.
    pub fn ends_by(&self, start: &EventTime) -> Option<i64> {
        let rules = self.rules.iter().map(|rule| match rule.end {
            End::Never | End::Count(_) => None,
            End::Until(Until::Date(date)) => Some(start.frame().civil_bound(date.at(23, 59, 59, 0))),
            End::Until(Until::Local(local)) => Some(start.frame().civil_bound(local)),
            End::Until(Until::Utc(instant)) => Some(instant.micros().saturating_add(2 * DAY)),
        });
        let dates = self.dates.iter().filter_map(|date| date.value.place(start)).map(Some);
        rules.chain(dates).try_fold(start.micros(), |last, bound| bound.map(|bound| last.max(bound)))
    }

    /// The instances, of `length` each unless a period says otherwise, that overlap the window. The
    /// window and the answer lie on the line of `start`'s frame.
    pub fn occurrences(&self, start: &EventTime, length: Length, window: Window) -> Expansion {
        self.occurrences_within(start, length, window, Budget::new(STEPS, MAX_OCCURRENCES + 8_000))
    }

    /// [`Self::occurrences`] with another bound of work.
    pub fn occurrences_within(
        &self,
        start: &EventTime,
        length: Length,
        window: Window,
        budget: Budget,
    ) -> Expansion {
        let mut budget = budget;
        self.expand(start, length, window, &mut budget)
    }

    fn expand(&self, start: &EventTime, length: Length, window: Window, budget: &mut Budget) -> Expansion {
        let frame = start.frame();
        let mut starts = vec![start.micros()];
        let search = Window { from: window.from.saturating_sub(length.at_most()), to: window.to };
        let mut truncated = false;
        for rule in &self.rules {
            truncated |= walk::walk(rule, start, search, budget, &mut starts).is_err();
        }
        let mut ends: BTreeMap<i64, i64> =
            starts.into_iter().map(|at| (at, length.end(&frame, at))).collect();
        for date in &self.dates {
            let Some(at) = date.value.place(start) else { continue };
            let end = match &date.end {
                None => length.end(&frame, at),
                Some(PeriodEnd::After(length)) => length.end(&frame, at),
                Some(PeriodEnd::At(value)) => value.place(start).unwrap_or(at).max(at),
            };
            ends.insert(at, end);
        }
        let excluded: BTreeSet<i64> = self.excluded.iter().filter_map(|value| value.place(start)).collect();
        let instances = ends.into_iter().map(|(start, end)| Instance { start, end });
        let wanted = |instance: &Instance| {
            !excluded.contains(&instance.start) && window.overlaps(instance.start, instance.end)
        };
        Expansion { instances: instances.filter(wanted).collect(), truncated }
    }

    /// Refuses series that would flood a calendar, wherever in their first years they are dense.
    pub fn check_density(&self, start: &EventTime) -> Result<(), Refusal> {
        self.check_density_within(start, &mut STEPS.clone())
    }

    /// The same, with at most so many periods looked at, which are taken from what is left: many
    /// series together cost no more than a few.
    pub fn check_density_within(&self, start: &EventTime, left: &mut u32) -> Result<(), Refusal> {
        let from = start.micros();
        let window = Window { from, to: from.saturating_add(400 * DAY) };
        let steps = STEPS.min(*left);
        let mut budget = Budget::new(steps, MAX_OCCURRENCES);
        let expansion = self.expand(start, Length::default(), window, &mut budget);
        *left -= steps - budget.steps_left();
        if expansion.truncated { Err(parse::too_dense()) } else { Ok(()) }
    }

    /// The place of the only date these lines name, for a series that begins at `start`; `None` if it
    /// is of another kind.
    pub(super) fn only_date(&self, start: &EventTime) -> Option<i64> {
        let dates = self.dates.iter().map(|date| &date.value);
        dates.chain(&self.excluded).next()?.place(start)
    }

    /// The same series without one instance.
    #[must_use]
    pub fn without(&self, excluded: &EventTime) -> Self {
        let line = match excluded {
            EventTime::Date(date) => format!("EXDATE;VALUE=DATE:{}", values::write_date(*date)),
            EventTime::Floating(local) => format!("EXDATE:{}", values::write_local(*local)),
            EventTime::Zoned(local, zone) if zone.is_utc() => {
                format!("EXDATE:{}Z", values::write_local(*local))
            }
            EventTime::Zoned(local, zone) => format!("EXDATE;TZID={zone}:{}", values::write_local(*local)),
        };
        let mut lines = self.lines.clone();
        lines.push(line);
        Self::restore(lines)
    }
}

/// Elapsed microseconds between local digits, as a clock without changes would count them.
fn elapsed(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_micros().try_into().unwrap_or(i64::MAX)
}
