//! Which pictures posts show.

use crate::Step;

/// Creates the table; a post has at most five places.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000051_community_post_media",
    sql: &[
        "CREATE TABLE post_media (
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            place bigint NOT NULL CHECK (place BETWEEN 0 AND 4),
            media_id uuid NOT NULL,
            PRIMARY KEY (post_id, place),
            UNIQUE (post_id, media_id)
        )",
        "CREATE INDEX post_media_media ON post_media (media_id)",
    ],
    postgres: &[],
};
