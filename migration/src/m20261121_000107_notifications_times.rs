//! How often what is told of happened, where one cause stands for several times.

use crate::Step;

/// Adds the column.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000107_notifications_times",
    sql: &["ALTER TABLE notification_causes ADD COLUMN times bigint NOT NULL DEFAULT 1 CHECK (times > 0)"],
    postgres: &[],
};
