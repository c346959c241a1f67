//! The arithmetic of budgets (the "generic cell rate algorithm").
//!
//! A budget of 10 in 60 s lets 10 through at once and then one every 6 s. All it remembers of a
//! key is one instant: when the budget will be whole again. A key without one is whole.

use std::time::Duration;

use madang_application::shared::{Quota, Standing};

/// A quota in whole microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// What one costs.
    pub(crate) each: i64,
    /// What all of them cost; the window, rounded down to a multiple of `each`.
    pub(crate) whole: i64,
}

impl Budget {
    pub(crate) fn of(quota: &Quota) -> Self {
        let window = i64::try_from(quota.window.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
        // Nothing is free, so that even an absurd quota has a finite rate.
        let each = (window / i64::from(quota.limit.max(1))).max(1);
        Self { each, whole: each.saturating_mul(i64::from(quota.limit)) }
    }

    /// Takes one at `now`, given when the budget will be whole. Answers the new such instant if
    /// one was left, and the standing.
    pub(crate) fn take(self, whole_at: i64, now: i64) -> (Option<i64>, Standing) {
        let next = whole_at.max(now).saturating_add(self.each);
        let spare = self.whole.saturating_sub(next - now);
        if spare < 0 {
            return (None, standing(false, 0, -spare));
        }
        (Some(next), standing(true, spare / self.each, next - now))
    }
}

/// From what a store answered; `reset` in microseconds.
pub(crate) fn standing(allowed: bool, remaining: i64, reset: i64) -> Standing {
    Standing {
        allowed,
        remaining: u32::try_from(remaining).unwrap_or(0),
        reset: Duration::from_micros(u64::try_from(reset).unwrap_or(0)),
    }
}
