//! Codes sent to people, to find out whether a mailbox or a phone is theirs.

use crate::Step;

/// Creates the challenges.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000011_identity_challenges",
    sql: &[
        // `subject` is a keyed hash of the address or phone number: enough to count by, and nothing
        // to erase. `proof` is what a solved challenge was exchanged for.
        "CREATE TABLE challenges (
            id uuid PRIMARY KEY,
            purpose text NOT NULL CHECK (purpose IN ('email', 'phone', 'password')),
            subject bytea NOT NULL,
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
        // How many codes were sent since `day_began_at`; the conditional write to it is the limit.
        "CREATE TABLE challenge_budgets (
            purpose text NOT NULL,
            subject bytea NOT NULL,
            last_at bigint NOT NULL,
            day_began_at bigint NOT NULL,
            sent bigint NOT NULL,
            PRIMARY KEY (purpose, subject)
        )",
        "CREATE INDEX challenge_budgets_age ON challenge_budgets (last_at)",
    ],
    postgres: &[],
};
