//! What happened around accounts, for those who have to find out later.

use crate::Step;

/// Creates the log.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000012_identity_security_events",
    sql: &[
        // Ids only, without foreign keys: the log outlives accounts. `network` is a prefix of the
        // address, enough to follow an attack and too little to find a flat.
        "CREATE TABLE security_events (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            actor_id uuid,
            subject_id uuid,
            network text,
            detail text,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX security_events_age ON security_events (created_at, id)",
        "CREATE INDEX security_events_of_subject ON security_events (subject_id, created_at, id)",
        "CREATE INDEX security_events_of_kind ON security_events (kind, created_at, id)",
        "CREATE INDEX users_age ON users (created_at, id)",
    ],
    // A second wall: no code of ours changes a row, and this keeps it so.
    postgres: &[
        "CREATE FUNCTION security_events_stay() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'security events are append-only'; END $$",
        "CREATE TRIGGER security_events_stay BEFORE UPDATE OR DELETE ON security_events \
         FOR EACH ROW EXECUTE FUNCTION security_events_stay()",
    ],
};
