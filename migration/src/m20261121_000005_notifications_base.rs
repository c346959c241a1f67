//! What people are told.

use crate::Step;

/// Creates the table of `notifications`.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000005_notifications_base",
    sql: &[
        "CREATE TABLE notifications (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            kind text NOT NULL,
            actor_id uuid NOT NULL,
            post_id uuid,
            cause text NOT NULL,
            created_at bigint NOT NULL,
            read_at bigint,
            UNIQUE (user_id, cause)
        )",
        "CREATE INDEX notifications_of_user ON notifications (user_id, id)",
        "CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL",
        "CREATE INDEX notifications_of_actor ON notifications (actor_id)",
    ],
    postgres: &[],
};
