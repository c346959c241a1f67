//! Rules that repeat within a day. They step in elapsed time and limit by what local clocks show:
//! an hourly series keeps ringing every hour when clocks jump, and rings in both of two equal hours.

use jiff::{ToSpan, civil::DateTime};

use super::{
    dates,
    rule::{End, Frequency, Rule},
    walk::{Budget, Exhausted, Next, or_own, pick},
};
use crate::calendar::{EventTime, Window};

const SECOND: i64 = 1_000_000;

/// Visits the starts of a SECONDLY, MINUTELY or HOURLY rule in order.
pub(super) fn walk(
    rule: &Rule,
    start: &EventTime,
    window: Window,
    budget: &mut Budget,
    visit: &mut impl FnMut(DateTime, i64, &mut Budget) -> Result<Next, Exhausted>,
) -> Result<(), Exhausted> {
    let frame = start.frame();
    let own = start.civil();
    let (unit, into_unit) = match rule.frequency {
        Frequency::Hourly => (3_600 * SECOND, i64::from(own.minute()) * 60 + i64::from(own.second())),
        Frequency::Minutely => (60 * SECOND, i64::from(own.second())),
        Frequency::Secondly
        | Frequency::Daily
        | Frequency::Weekly
        | Frequency::Monthly
        | Frequency::Yearly => (SECOND, 0),
    };
    let step = unit.saturating_mul(i64::from(rule.interval));
    let base = start.micros() - into_unit * SECOND;
    let offsets = offsets(rule, own);
    let mut at = base;
    if !matches!(rule.end, End::Count(_)) && window.from > base {
        at += (window.from - unit - base).max(0) / step * step;
    }
    while at < window.to && at < super::LAST {
        if !budget.step() {
            return Err(Exhausted);
        }
        let local = frame.civil(at);
        if let Some(next) = after_mismatch(rule, local) {
            // Land a little early rather than late: the clock may jump on the way.
            let skipped = super::elapsed(local, next) - 2 * 3_600 * SECOND;
            at += (skipped / step).max(1) * step;
            continue;
        }
        let starts = offsets.iter().map(|seconds| at + seconds * SECOND).collect();
        for start in pick(rule, starts) {
            if matches!(visit(frame.civil(start), start, budget)?, Next::Stop) {
                return Ok(());
            }
        }
        at += step;
    }
    Ok(())
}

/// Seconds from the beginning of a period to its starts, ascending.
fn offsets(rule: &Rule, own: DateTime) -> Vec<i64> {
    let (minutes, seconds) = match rule.frequency {
        Frequency::Hourly => (or_own(&rule.by_minute, own.minute()), or_own(&rule.by_second, own.second())),
        Frequency::Minutely => (vec![0], or_own(&rule.by_second, own.second())),
        Frequency::Secondly
        | Frequency::Daily
        | Frequency::Weekly
        | Frequency::Monthly
        | Frequency::Yearly => (vec![0], vec![0]),
    };
    let mut offsets = Vec::with_capacity(minutes.len() * seconds.len());
    for minute in minutes {
        offsets.extend(seconds.iter().map(|second| i64::from(minute) * 60 + i64::from(*second)));
    }
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

/// Where the next period that could pass begins, if this one does not pass the rule's limits.
fn after_mismatch(rule: &Rule, local: DateTime) -> Option<DateTime> {
    let midnight = local.date().at(0, 0, 0, 0);
    let hour = local.date().at(local.hour(), 0, 0, 0);
    let minute = local.date().at(local.hour(), local.minute(), 0, 0);
    if !rule.by_month.is_empty() && !rule.by_month.contains(&local.month()) {
        return Some(local.date().last_of_month().at(0, 0, 0, 0).saturating_add(1.day()));
    }
    if !dates::passes(rule, local.date()) {
        return Some(midnight.saturating_add(1.day()));
    }
    if !rule.by_hour.is_empty() && !rule.by_hour.contains(&local.hour()) {
        return Some(hour.saturating_add(1.hour()));
    }
    if rule.frequency == Frequency::Hourly {
        return None;
    }
    if !rule.by_minute.is_empty() && !rule.by_minute.contains(&local.minute()) {
        return Some(minute.saturating_add(1.minute()));
    }
    if rule.frequency == Frequency::Secondly
        && !rule.by_second.is_empty()
        && !rule.by_second.contains(&local.second())
    {
        return Some(local);
    }
    None
}
