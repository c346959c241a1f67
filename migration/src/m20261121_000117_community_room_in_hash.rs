//! Community: what is looked up by hash stays at one page while it grows.

use crate::Step;

/// An index by hash grows bucket by bucket: some hold twice what others do, and at the usual fillfactor of
/// 75 those no longer fit on a page. At 40 the fullest holds 80 % of one.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000117_community_room_in_hash",
    sql: &[],
    postgres: &[
        "ALTER INDEX posts_by_id SET (fillfactor = 40)",
        "REINDEX INDEX posts_by_id",
        "ALTER INDEX post_media_of_post SET (fillfactor = 40)",
        "REINDEX INDEX post_media_of_post",
        "ALTER INDEX nicknames_of_user SET (fillfactor = 40)",
        "REINDEX INDEX nicknames_of_user",
        "ALTER INDEX user_info_of_user SET (fillfactor = 40)",
        "REINDEX INDEX user_info_of_user",
    ],
};
