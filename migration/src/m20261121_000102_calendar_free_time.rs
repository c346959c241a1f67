//! Calendar: free time is read from indexes, also that of guests.

use crate::Step;

/// The first index tells which series are not written down for a time without looking at them, the
/// second finds what is long among the occurrences of one event.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000102_calendar_free_time",
    sql: &[
        "DROP INDEX calendar_objects_unwritten",
        "CREATE INDEX calendar_objects_unwritten ON calendar_objects
            (calendar_id, covers_to, covers_from, first_at, last_at, id) WHERE covers_to IS NOT NULL",
        "CREATE INDEX calendar_occurrences_event_lanes ON calendar_occurrences
            (object_id, lane, long_from) WHERE long_from IS NOT NULL",
    ],
    postgres: &[],
};
