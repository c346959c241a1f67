//! Community: what somebody put on days is found by the day.

use crate::Step;

/// The agenda asks for the posts of some people, on some days.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000103_community_dated_posts",
    sql: &["CREATE INDEX posts_of_author_by_day ON posts (author_id, day, id) WHERE day IS NOT NULL"],
    postgres: &[],
};
