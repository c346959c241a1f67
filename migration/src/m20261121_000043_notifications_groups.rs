//! Notifications about more than posts, grouped, and told once per cause.

use crate::Step;

/// Adds the columns, and the table of causes.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000043_notifications_groups",
    sql: &[
        // What a notification is about: one of these, `post_id`, or nothing. `actor_id` is the
        // person's own id where the service itself speaks.
        "ALTER TABLE notifications ADD COLUMN event_id uuid",
        "ALTER TABLE notifications ADD COLUMN room_id uuid",
        // Several causes with one key are one row while it is unread; `count` says how many.
        "ALTER TABLE notifications ADD COLUMN group_key text",
        "ALTER TABLE notifications ADD COLUMN count bigint NOT NULL DEFAULT 1",
        "ALTER TABLE notifications ADD COLUMN in_app boolean NOT NULL DEFAULT TRUE",
        "CREATE UNIQUE INDEX notifications_groups ON notifications (user_id, group_key) \
         WHERE read_at IS NULL AND group_key IS NOT NULL",
        "CREATE TABLE notification_causes (
            user_id uuid NOT NULL,
            cause text NOT NULL,
            actor_id uuid NOT NULL,
            PRIMARY KEY (user_id, cause)
        )",
        "CREATE INDEX notification_causes_of_actor ON notification_causes (actor_id)",
        "INSERT INTO notification_causes (user_id, cause, actor_id) SELECT user_id, cause, actor_id FROM notifications",
    ],
    postgres: &[],
};
