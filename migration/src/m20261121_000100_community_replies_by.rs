//! The replies of one person to a post.

use crate::Step;

/// For leaving out of a count whom its reader blocked.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000100_community_replies_by",
    sql: &["CREATE INDEX posts_of_parent_by ON posts (in_reply_to, author_id) WHERE in_reply_to IS NOT NULL"],
    postgres: &[],
};
