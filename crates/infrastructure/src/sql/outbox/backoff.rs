//! How long a failed delivery waits.

use std::time::Duration;

/// 2 s, 6 s, 18 s … up to 6 hours; 12 attempts span most of a day, so that they outlast a night
/// without a third party.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_hours(6);

/// The wait after so many attempts. The last half is random, so that what failed together does
/// not come back together.
pub(crate) fn after(attempts: i64) -> Duration {
    let steps = u32::try_from(attempts.clamp(1, 12)).unwrap_or(1) - 1;
    let whole = FIRST.saturating_mul(3_u32.pow(steps)).min(LONGEST);
    whole.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_from_seconds_to_hours_and_no_further() {
        assert!((1..=2).contains(&after(1).as_secs()));
        assert!((9..=18).contains(&after(3).as_secs()));
        for attempts in [10, 11, 12, i64::MAX] {
            assert!((3 * 3_600..=6 * 3_600).contains(&after(attempts).as_secs()), "{attempts}");
        }
        assert!(after(i64::MIN) <= FIRST);
    }
}
