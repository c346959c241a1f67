//! How people want to be told, and what waits to be sent to them.

use crate::Step;

/// Creates the tables.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000044_notifications_channels",
    sql: &[
        // Quiet hours are minutes of the day in the zone; `quiet_from` is null for those who have
        // none.
        "CREATE TABLE notification_settings (
            user_id uuid PRIMARY KEY,
            quiet_from bigint CHECK (quiet_from BETWEEN 0 AND 1439),
            quiet_to bigint CHECK (quiet_to BETWEEN 0 AND 1439),
            quiet_zone text,
            version bigint NOT NULL
        )",
        // Only what somebody chose; the others are as their kind has it.
        "CREATE TABLE notification_choices (
            user_id uuid NOT NULL,
            kind text NOT NULL,
            in_app boolean NOT NULL,
            email boolean NOT NULL,
            push boolean NOT NULL,
            PRIMARY KEY (user_id, kind)
        )",
        // A notification that becomes part of a group gets a new id; what waits for the old one then
        // finds nothing to send, and something new waits.
        "CREATE TABLE notification_deliveries (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            channel text NOT NULL CHECK (channel IN ('email', 'push')),
            notification_id uuid NOT NULL,
            due_at bigint NOT NULL,
            attempts bigint NOT NULL
        )",
        "CREATE INDEX notification_deliveries_due ON notification_deliveries (channel, due_at)",
        "CREATE INDEX notification_deliveries_of_user ON notification_deliveries (user_id, channel)",
        "CREATE TABLE push_subscriptions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            endpoint text NOT NULL UNIQUE,
            p256dh bytea NOT NULL,
            auth bytea NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX push_subscriptions_of_user ON push_subscriptions (user_id, id)",
        // One row; the private half is sealed.
        "CREATE TABLE push_keys (
            id bigint PRIMARY KEY CHECK (id = 1),
            public bytea NOT NULL,
            private bytea NOT NULL
        )",
    ],
    postgres: &[],
};
