//! Messages to people that wait to be sent.

use crate::Step;

/// Creates the queue.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000010_platform_outgoing_messages",
    sql: &[
        // `sealed` holds the message, with whatever code it carries; sent messages are deleted.
        "CREATE TABLE outgoing_messages (
            id uuid PRIMARY KEY,
            sealed bytea NOT NULL,
            attempts bigint NOT NULL DEFAULT 0,
            due_at bigint NOT NULL,
            expires_at bigint NOT NULL,
            last_error text,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX outgoing_messages_due ON outgoing_messages (due_at, id)",
        "CREATE INDEX outgoing_messages_age ON outgoing_messages (expires_at)",
    ],
    postgres: &[],
};
