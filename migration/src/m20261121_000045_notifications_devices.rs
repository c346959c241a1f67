//! Until when a device is reached, where its browser says so.

use crate::Step;

/// Adds the column.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000045_notifications_devices",
    sql: &["ALTER TABLE push_subscriptions ADD COLUMN expires_at bigint"],
    postgres: &[],
};
