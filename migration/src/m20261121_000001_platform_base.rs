//! What every capability stands on: the outbox, idempotency keys and installation secrets.

use crate::Step;

/// Creates the platform's tables.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000001_platform_base",
    sql: &[
        "CREATE TABLE outbox (
            id uuid PRIMARY KEY,
            event text NOT NULL,
            payload text NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX outbox_age ON outbox (created_at)",
        "CREATE TABLE outbox_deliveries (
            id uuid PRIMARY KEY,
            event_id uuid NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
            subscriber text NOT NULL,
            state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
            attempts bigint NOT NULL DEFAULT 0,
            due_at bigint NOT NULL,
            last_error text,
            UNIQUE (event_id, subscriber)
        )",
        // Both only hold what is not done, so they stay small however long the history is.
        "CREATE INDEX outbox_deliveries_due ON outbox_deliveries (due_at, id) WHERE state = 'pending'",
        "CREATE INDEX outbox_deliveries_dead ON outbox_deliveries (event_id) WHERE state = 'dead'",
        "CREATE TABLE idempotency_keys (
            actor text NOT NULL,
            route text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            result bytea,
            answer_status bigint,
            answer_headers bytea,
            answer_body bytea,
            created_at bigint NOT NULL,
            PRIMARY KEY (actor, route, key)
        )",
        "CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)",
        "CREATE TABLE installation_secrets (
            name text PRIMARY KEY,
            value bytea NOT NULL
        )",
    ],
    postgres: &[],
};
