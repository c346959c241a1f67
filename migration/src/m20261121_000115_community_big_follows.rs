//! Community: a follow says whether the one followed is big.

use crate::Step;

/// Repeats `authors.is_big` on each follow of the author, and lists those by follower: who reads their
/// feed looks up the few whose posts are merged, not everybody they follow.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000115_community_big_follows",
    sql: &[
        "ALTER TABLE follows ADD COLUMN followee_is_big boolean NOT NULL DEFAULT FALSE",
        "UPDATE follows SET followee_is_big = TRUE
         WHERE followee_id IN (SELECT user_id FROM authors WHERE is_big)",
        "CREATE INDEX follows_big ON follows (follower_id, followee_id) WHERE followee_is_big",
    ],
    postgres: &[],
};
