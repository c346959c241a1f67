//! Community: a page of posts touches few pages of the database.

use crate::Step;

/// On Postgres a look-up by id goes down three levels of an ordered index, and one by hash to the page
/// itself. What every page of a feed looks up for each of its posts gets the second kind, besides the first,
/// which keys and ranges need.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000116_community_pages",
    sql: &[],
    postgres: &[
        "CREATE INDEX posts_by_id ON posts USING hash (id)",
        "CREATE INDEX post_media_of_post ON post_media USING hash (post_id)",
        "CREATE INDEX nicknames_of_user ON nicknames USING hash (user_id)",
        "CREATE INDEX user_info_of_user ON user_info USING hash (user_id)",
    ],
};
