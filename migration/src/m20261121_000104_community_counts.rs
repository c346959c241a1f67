//! Counts that agree with the lists.

use crate::Step;

/// Counts replies that are narrower than their thread apart from the others, because who may see
/// them differs.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000104_community_counts",
    sql: &[
        "ALTER TABLE posts ADD COLUMN narrowed_count bigint NOT NULL DEFAULT 0",
        "CREATE INDEX posts_narrowed ON posts (in_reply_to, author_id) WHERE narrowed_to IS NOT NULL",
        "UPDATE posts SET narrowed_count = (SELECT count(*) FROM posts r
            WHERE r.in_reply_to = posts.id AND r.narrowed_to IS NOT NULL)
         WHERE id IN (SELECT in_reply_to FROM posts WHERE narrowed_to IS NOT NULL)",
    ],
    postgres: &[],
};
