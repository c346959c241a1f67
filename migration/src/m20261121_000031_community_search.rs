//! What posts are found by.

use crate::Step;

/// Creates the pairs of characters of posts. Their text in the form that is searched comes from the
/// program, so a worker writes both for the posts that are there already.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000031_community_search",
    sql: &[
        "ALTER TABLE posts ADD COLUMN searchable text {bytewise}",
        "CREATE INDEX posts_unsearchable ON posts (id) WHERE searchable IS NULL",
        // The order of the key is the order of the list: newest first, within a pair.
        "CREATE TABLE post_pairs (
            pair bigint NOT NULL,
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            PRIMARY KEY (pair, post_id)
        )",
        "CREATE INDEX post_pairs_of_post ON post_pairs (post_id)",
    ],
    // For the cascade only, and a good deal smaller.
    postgres: &[
        "DROP INDEX post_pairs_of_post",
        "CREATE INDEX post_pairs_of_post ON post_pairs USING hash (post_id)",
    ],
};
