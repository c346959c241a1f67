//! Which picture people are known by.

use crate::Step;

/// Adds the picture, and the name of its small rendition, so that lists of people need not ask for it.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000052_identity_avatars",
    sql: &[
        "ALTER TABLE user_info ADD COLUMN avatar_id uuid",
        "ALTER TABLE user_info ADD COLUMN avatar_name text",
        "CREATE INDEX user_info_avatar ON user_info (avatar_id) WHERE avatar_id IS NOT NULL",
    ],
    postgres: &[],
};
