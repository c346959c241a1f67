//! When it became known what happened to the names of occurrences.

use crate::Step;

/// Old changes are worked into the posts they concern and go. Those there are count as known since the
/// last thing that happened: no earlier one can still be on its way.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000095_community_series_ages",
    sql: &[
        "ALTER TABLE series_changes ADD COLUMN recorded_at bigint NOT NULL DEFAULT 0",
        "UPDATE series_changes SET recorded_at = COALESCE((SELECT MAX(created_at) FROM outbox), 0)",
        "CREATE INDEX series_changes_age ON series_changes (recorded_at, event_id, version)",
    ],
    postgres: &[],
};
