//! Which pictures messages show.

use crate::Step;

/// Creates the table; a message has at most five places. `picture_count` spares a look at it for
/// all the messages without.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000093_chat_pictures",
    sql: &[
        "ALTER TABLE messages ADD COLUMN picture_count bigint NOT NULL DEFAULT 0",
        "CREATE TABLE message_media (
            message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            place bigint NOT NULL CHECK (place BETWEEN 0 AND 4),
            media_id uuid NOT NULL,
            PRIMARY KEY (message_id, place),
            UNIQUE (message_id, media_id)
        )",
        "CREATE INDEX message_media_media ON message_media (media_id)",
        // Everything a person said, for their export.
        "CREATE INDEX messages_of_sender ON messages (sender_id, id) WHERE sender_id IS NOT NULL",
    ],
    postgres: &[],
};
