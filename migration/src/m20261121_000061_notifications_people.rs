//! Who is in a group of notifications, so that it is told without those whom its reader blocked.

use crate::Step;

/// Adds the columns.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000061_notifications_people",
    sql: &[
        // The id of a row changes when it takes something in; the group keeps this one. What was told
        // before has none, and stands and falls with its latest person as it did.
        "ALTER TABLE notifications ADD COLUMN group_id uuid",
        "CREATE INDEX notifications_of_group ON notifications (group_id) WHERE group_id IS NOT NULL",
        // Where a cause went, and as what: these ids are in the order of time.
        "ALTER TABLE notification_causes ADD COLUMN group_id uuid",
        "ALTER TABLE notification_causes ADD COLUMN told_as uuid",
        "CREATE INDEX notification_causes_of_group ON notification_causes (group_id, told_as) \
         WHERE group_id IS NOT NULL",
    ],
    postgres: &[],
};
