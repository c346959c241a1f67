//! Whom posts name.

use crate::Step;

/// Creates the mentions. They are kept by person, so that they outlive a change of nickname.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000090_community_mentions",
    sql: &[
        "CREATE TABLE post_mentions (
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            place bigint NOT NULL,
            PRIMARY KEY (post_id, user_id)
        )",
        "CREATE INDEX post_mentions_of_user ON post_mentions (user_id)",
    ],
    postgres: &[],
};
