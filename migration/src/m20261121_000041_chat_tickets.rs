//! Tickets that open one socket each.

use crate::Step;

/// Creates the table of tickets.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000041_chat_tickets",
    sql: &[
        // Only a fingerprint is kept, so that a copy of the table opens nothing.
        "CREATE TABLE realtime_tickets (
            fingerprint bytea PRIMARY KEY,
            user_id uuid NOT NULL,
            session_id uuid NOT NULL,
            ends_at bigint NOT NULL,
            expires_at bigint NOT NULL
        )",
        "CREATE INDEX realtime_tickets_by_end ON realtime_tickets (expires_at)",
    ],
    postgres: &[],
};
