//! Who does not want to hear of whom, and who is out of sight.

use crate::Step;

/// Creates the mutes, and an index of the few who are suspended: what they wrote is not shown, so
/// every list asks for each of its rows.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000033_community_safety",
    sql: &[
        "CREATE TABLE mutes (
            muter_id uuid NOT NULL,
            muted_id uuid NOT NULL CHECK (muted_id <> muter_id),
            created_at bigint NOT NULL,
            PRIMARY KEY (muter_id, muted_id)
        )",
        "CREATE INDEX mutes_of_muted ON mutes (muted_id)",
        "CREATE INDEX users_suspended ON users (id) WHERE status = 'suspended'",
    ],
    postgres: &[],
};
