//! What events are found by.

use crate::Step;

/// Adds the words of events in the form that is searched. They come from the program, so a worker
/// writes them for the events that are there already.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000032_calendar_search",
    sql: &[
        "ALTER TABLE calendar_objects ADD COLUMN searchable text {bytewise}",
        "CREATE INDEX calendar_objects_unsearchable ON calendar_objects (id) WHERE searchable IS NULL",
    ],
    postgres: &[],
};
