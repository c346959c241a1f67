//! Links whose providers are asked now and then whether they still stand.

use crate::Step;

/// Adds the columns. Links of before are due at once, a batch at a time.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000062_identity_link_checks",
    sql: &[
        "ALTER TABLE social_identities ADD COLUMN check_at bigint NOT NULL DEFAULT 0",
        "ALTER TABLE social_identities ADD COLUMN denials bigint NOT NULL DEFAULT 0",
        "CREATE INDEX social_identities_checks ON social_identities (provider, client, check_at)",
    ],
    postgres: &[],
};
