//! Calendar: what takes up time.

use crate::Step;

/// Tells for events, differing occurrences and written-down occurrences whether they block their
/// time. What is there already says it by its kind and status, and by what its file said.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000025_calendar_busy",
    sql: &[
        "ALTER TABLE calendar_objects ADD COLUMN blocks boolean NOT NULL DEFAULT TRUE",
        "ALTER TABLE calendar_overrides ADD COLUMN blocks boolean NOT NULL DEFAULT TRUE",
        "ALTER TABLE calendar_occurrences ADD COLUMN blocks boolean NOT NULL DEFAULT TRUE",
        "UPDATE calendar_objects SET blocks = FALSE WHERE ical LIKE '%TRANSP:TRANSPARENT%'",
        "UPDATE calendar_overrides SET blocks = FALSE WHERE object_id IN
            (SELECT id FROM calendar_objects WHERE NOT blocks)",
        "UPDATE calendar_occurrences SET blocks = FALSE WHERE object_id IN
            (SELECT id FROM calendar_objects WHERE NOT blocks OR kind <> 'event' OR status = 'cancelled')",
        "UPDATE calendar_occurrences SET blocks = FALSE WHERE EXISTS
            (SELECT 1 FROM calendar_overrides v WHERE v.object_id = calendar_occurrences.object_id
             AND v.original_at = calendar_occurrences.original_at AND v.status = 'cancelled')",
        // Free time is read from these indexes alone, never from the rows.
        "CREATE INDEX calendar_occurrences_busy ON calendar_occurrences
            (calendar_id, starts_at, ends_at, floats) WHERE blocks AND NOT is_long",
        "CREATE INDEX calendar_occurrences_busy_long ON calendar_occurrences
            (calendar_id, ends_at, starts_at, floats) WHERE blocks AND is_long",
    ],
    postgres: &[],
};
