//! The posts about an event.

use crate::Step;

/// The index of the list; most posts are about none.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000092_community_event_posts",
    sql: &["CREATE INDEX posts_of_event ON posts (event_id, id) WHERE event_id IS NOT NULL"],
    postgres: &[],
};
