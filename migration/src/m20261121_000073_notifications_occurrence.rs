//! Notifications: which occurrence somebody is reminded of.

use crate::Step;

/// Adds the column. What was told before speaks of the whole series.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000073_notifications_occurrence",
    sql: &["ALTER TABLE notifications ADD COLUMN occurrence_at bigint"],
    postgres: &[],
};
