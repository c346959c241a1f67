//! Codes sent to people, to find out whether a mailbox or a phone is theirs.

use crate::Step;

/// Creates the challenges.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000011_identity_challenges",
    sql: &[
        // `subject` is a keyed hash of the address or phone number: enough to count by, and nothing
        // to erase. `user_id` is who asked, where one has to be logged in to ask. `proof` is what a
        // solved challenge was exchanged for.
        "CREATE TABLE challenges (
            id uuid PRIMARY KEY,
            purpose text NOT NULL CHECK (purpose IN ('email', 'phone', 'password')),
            subject bytea NOT NULL,
            user_id uuid REFERENCES users (id) ON DELETE SET NULL,
            code_hash bytea NOT NULL,
            tries bigint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
            solved_at bigint,
            proof bytea UNIQUE,
            proof_expires_at bigint,
            expires_at bigint NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX challenges_latest ON challenges (purpose, subject, created_at, id)",
        "CREATE INDEX challenges_age ON challenges (created_at)",
        "CREATE INDEX challenges_of_user ON challenges (user_id)",
    ],
    postgres: &[],
};
