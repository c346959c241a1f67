//! Steps through one rule's starts, period by period, beginning near the window asked for.

use jiff::civil::{Date, DateTime, Time};

use super::{
    clock, dates,
    rule::{End, Rule},
};
use crate::calendar::{EventTime, Frame, Window, time::DAY};

/// How much work one expansion may be: periods looked at, and starts found.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    steps: u32,
    found: u32,
}

impl Budget {
    /// At most `steps` periods and `found` starts.
    pub fn new(steps: u32, found: u32) -> Self {
        Self { steps, found }
    }

    /// How many periods are left.
    pub(super) fn steps_left(&self) -> u32 {
        self.steps
    }

    /// Takes one period; `false` if none is left.
    pub(super) fn step(&mut self) -> bool {
        let left = self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        left
    }

    /// Takes one start; `false` if none is left.
    pub(super) fn find(&mut self) -> bool {
        let left = self.found > 0;
        self.found = self.found.saturating_sub(1);
        left
    }
}

/// The budget ran out before the window was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// What a visitor of starts says.
pub(super) enum Next {
    Continue,
    Stop,
}

/// Sends the rule's starts after DTSTART that lie in `window` to `out`, as places on the frame's line.
pub(super) fn walk(
    rule: &Rule,
    start: &EventTime,
    window: Window,
    budget: &mut Budget,
    out: &mut Vec<i64>,
) -> Result<(), Exhausted> {
    let frame = start.frame();
    let first = start.micros();
    // COUNT counts DTSTART, which the caller shows anyway.
    let mut remaining = if let End::Count(count) = rule.end { Some(count - 1) } else { None };
    // SKIP=FORWARD may name a day that the next period names, too; it is one start, counted once.
    let mut last_seen = first;
    let mut visit = |civil: DateTime, at: i64, budget: &mut Budget| {
        if at <= first || at == last_seen {
            return Ok(Next::Continue);
        }
        last_seen = at;
        let counted_out = remaining == Some(0);
        let beyond = matches!(rule.end, End::Until(until) if !until.includes(&frame, civil, at));
        if counted_out || beyond {
            return Ok(Next::Stop);
        }
        remaining = remaining.map(|left| left - 1);
        if at >= window.from && at < window.to {
            if !budget.find() {
                return Err(Exhausted);
            }
            out.push(at);
        }
        Ok(Next::Continue)
    };
    if rule.frequency.is_sub_daily() && frame != Frame::Date {
        return clock::walk(rule, start, window, budget, &mut visit);
    }
    let anchor = start.civil();
    let last = frame.civil(window.to.saturating_add(2 * DAY));
    let mut index = if matches!(rule.end, End::Count(_)) {
        0
    } else {
        dates::index_before(rule, anchor.date(), frame.civil(window.from.saturating_sub(2 * DAY)).date())
    };
    let times = times(rule, start);
    while let Some(period) = dates::period(rule, anchor.date(), index) {
        // Week 1 may begin three days before its year does.
        if period.saturating_sub(jiff::Span::new().days(7)) > last.date() {
            break;
        }
        if !budget.step() {
            return Err(Exhausted);
        }
        let starts = starts(rule, anchor.date(), period, &times).into_iter();
        let mut places: Vec<(i64, DateTime)> =
            starts.filter_map(|civil| Some((frame.micros(civil)?, civil))).collect();
        // A clock change may move a time behind or onto a later one, which is one start as well.
        places.sort_unstable();
        places.dedup_by_key(|(at, _)| *at);
        for (at, civil) in places {
            if matches!(visit(civil, at, budget)?, Next::Stop) {
                return Ok(());
            }
        }
        index += 1;
    }
    Ok(())
}

/// All starts of a period, ascending, after BYSETPOS.
fn starts(rule: &Rule, anchor: Date, period: Date, times: &[Time]) -> Vec<DateTime> {
    let days = dates::days(rule, anchor, period);
    let all: Vec<DateTime> =
        days.iter().flat_map(|day| times.iter().map(|time| day.to_datetime(*time))).collect();
    pick(rule, all)
}

/// Applies BYSETPOS to the ascending starts of one whole period.
pub(super) fn pick<T: Copy + Ord>(rule: &Rule, all: Vec<T>) -> Vec<T> {
    if rule.by_set_pos.is_empty() {
        return all;
    }
    let count = all.len();
    let index = |position: &i16| {
        let distance = usize::from(position.unsigned_abs());
        let index = if *position > 0 { distance.checked_sub(1) } else { count.checked_sub(distance) };
        index.and_then(|index| all.get(index)).copied()
    };
    let mut picked: Vec<T> = rule.by_set_pos.iter().filter_map(index).collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// The times of day of a day-based rule, ascending; those of DTSTART where it names none. Days have
/// no time, and BYHOUR, BYMINUTE and BYSECOND are ignored for them.
fn times(rule: &Rule, start: &EventTime) -> Vec<Time> {
    let own = start.civil().time();
    if start.is_date() {
        return vec![own];
    }
    let hours = or_own(&rule.by_hour, own.hour());
    let minutes = or_own(&rule.by_minute, own.minute());
    let seconds = or_own(&rule.by_second, own.second());
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in &hours {
        for minute in &minutes {
            times.extend(
                seconds
                    .iter()
                    .filter_map(|second| Time::new(*hour, *minute, *second, own.subsec_nanosecond()).ok()),
            );
        }
    }
    times.sort_unstable();
    times.dedup();
    times
}

/// The list, or the one value DTSTART has.
pub(super) fn or_own(list: &[i8], own: i8) -> Vec<i8> {
    if list.is_empty() { vec![own] } else { list.to_vec() }
}
