//! Where occurrences are found that last for days, months or years.
//!
//! Whatever overlaps a window began before its end; how long before depends on how long it lasts. So
//! occurrences are kept in lanes by their length, each up to eight times as long as the one before. A
//! lane is searched from its longest length before the window to the window's end: bounded on both
//! sides, and about eight times as much as what is found at the most, however much came before and
//! comes later. Only what lasts for three years and more is looked at from its beginning on. What is
//! short, nearly everything, has an index of its own. Which other lanes a calendar has at all stands in
//! the calendar, so that those who ask for a thousand calendars look at no empty ones.
//!
//! Where something long begins stands in a column of its own, `long_from`, which is null for what is
//! short: the index of all starts would be bounded as well, and lead through years of short ones.

use madang_domain::calendar::time::DAY;

/// What lasts longer is in a lane, so that it does not widen everybody's search.
pub(super) const LONG: i64 = 2 * DAY;

/// The number of each lane, one bit each, and the longest length in it. The last holds whatever there
/// is: the calendar ends with the year 9999. The numbers are in the database, and stand in its history.
pub(super) const LANES: [(i64, i64); 4] =
    [(1, 16 * DAY), (2, 128 * DAY), (4, 1_024 * DAY), (8, 4_000_000 * DAY)];

/// The lane of something that long; 0 for what is short.
pub(super) fn lane(length: i64) -> i64 {
    if length <= LONG {
        return 0;
    }
    let longest = LANES[LANES.len() - 1].0;
    LANES.iter().find(|(_, reach)| length <= *reach).map_or(longest, |(lane, _)| *lane)
}

/// The condition that occurrences `k` of a lane overlap the window from `from` to `to`.
pub(super) fn overlap((lane, reach): (i64, i64), from: &str, to: &str) -> String {
    format!(
        "k.lane = {lane} AND k.long_from >= {from} - {reach} AND k.long_from < {to} AND k.ends_at > {from}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_a_lane_that_reaches_it() {
        assert_eq!((lane(0), lane(LONG)), (0, 0));
        for length in [LONG + 1, 16 * DAY, 16 * DAY + 1, 40 * DAY, 365 * DAY, 9_000 * DAY, 3_652_059 * DAY] {
            let found = LANES.iter().find(|(number, _)| *number == lane(length)).expect("a lane");
            assert!(length <= found.1, "{length}");
            assert!(found.1 <= 8 * length || found.0 == 8, "{length} is searched too far: {found:?}");
        }
    }
}
