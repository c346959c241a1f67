//! Community: counts leave out who is suspended.

use crate::Step;

/// `counted` says whether a like, or a reply, is in the count of its post; `absences` whose are being
/// counted out or in.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000112_community_absences",
    sql: &[
        "ALTER TABLE likes ADD COLUMN counted boolean NOT NULL DEFAULT TRUE",
        "ALTER TABLE posts ADD COLUMN counted boolean NOT NULL DEFAULT TRUE",
        "DROP INDEX likes_of_user",
        "CREATE INDEX likes_of_user ON likes (user_id, counted, post_id)",
        "CREATE INDEX posts_replies_of_author ON posts (author_id, counted, id) WHERE in_reply_to IS NOT NULL",
        "CREATE TABLE absences (user_id uuid PRIMARY KEY)",
        "INSERT INTO absences (user_id) SELECT id FROM users WHERE status = 'suspended'",
    ],
    postgres: &[],
};
