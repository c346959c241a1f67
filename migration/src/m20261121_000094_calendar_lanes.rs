//! Calendar: what is long is found by its start, in a lane for its length.

use crate::Step;

/// The lengths are those of `lanes` in the infrastructure, in microseconds.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000094_calendar_lanes",
    sql: &[
        "ALTER TABLE calendar_occurrences ADD COLUMN lane bigint NOT NULL DEFAULT 0",
        "ALTER TABLE calendar_occurrences ADD COLUMN long_from bigint",
        "ALTER TABLE calendars ADD COLUMN lanes bigint NOT NULL DEFAULT 0",
        "UPDATE calendar_occurrences SET long_from = starts_at, lane = CASE
            WHEN ends_at - starts_at <= 1382400000000 THEN 1
            WHEN ends_at - starts_at <= 11059200000000 THEN 2
            WHEN ends_at - starts_at <= 88473600000000 THEN 4
            ELSE 8 END WHERE is_long",
        "UPDATE calendars SET lanes = (SELECT SUM(DISTINCT k.lane) FROM calendar_occurrences k
            WHERE k.calendar_id = calendars.id AND k.is_long)
            WHERE id IN (SELECT k.calendar_id FROM calendar_occurrences k WHERE k.is_long)",
        "DROP INDEX calendar_occurrences_long",
        "DROP INDEX calendar_occurrences_busy_long",
        // Free time is read from this index alone, never from the rows.
        "CREATE INDEX calendar_occurrences_lanes ON calendar_occurrences
            (calendar_id, lane, long_from, ends_at, floats, blocks) WHERE long_from IS NOT NULL",
    ],
    postgres: &[],
};
