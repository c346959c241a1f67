//! The index by which a deleted post leaves the feeds.

use crate::Step;

/// Makes it useless for anything else on Postgres, which would rather walk an ordered index
/// backwards through everybody's rows than look up a person who follows quiet authors.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000030_community_timeline_index",
    sql: &[],
    postgres: &[
        "DROP INDEX timeline_of_post",
        "CREATE INDEX timeline_of_post ON timeline USING hash (post_id)",
    ],
};
