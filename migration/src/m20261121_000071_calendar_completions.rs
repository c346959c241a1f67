//! Calendar: which occurrences of a repeating task are done.

use crate::Step;

/// Creates the table. A task that does not repeat is done as a whole.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000071_calendar_completions",
    sql: &["CREATE TABLE calendar_completions (
            event_id uuid NOT NULL REFERENCES calendar_objects (id) ON DELETE CASCADE,
            original_at bigint NOT NULL,
            completed_at bigint NOT NULL,
            PRIMARY KEY (event_id, original_at)
        )"],
    postgres: &[],
};
