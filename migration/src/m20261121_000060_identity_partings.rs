//! What it takes to tell a provider that somebody left us.

use crate::Step;

/// Adds the columns.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000060_identity_partings",
    sql: &[
        // A token of the provider, sealed. One that lasts is not replaced by one that does not.
        "ALTER TABLE social_identities ADD COLUMN token bytea",
        "ALTER TABLE social_identities ADD COLUMN token_lasts boolean NOT NULL DEFAULT false",
    ],
    postgres: &[],
};
