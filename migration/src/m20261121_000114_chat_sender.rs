//! Chat: what a person said is found for their export alone.

use crate::Step;

/// The condition keeps this index out of the look-ups by room, sender and name. Postgres is told that a
/// room and a sender have many messages: while there are few, one for each, it would rather read all
/// that somebody said, or a whole room, than look a message up by its name, and keep that plan.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000114_chat_sender",
    sql: &[
        "DROP INDEX messages_of_sender",
        "CREATE INDEX messages_of_sender ON messages (sender_id, id) WHERE sender_id IS NOT NULL AND seq > 0",
    ],
    postgres: &[
        "ALTER TABLE messages ALTER COLUMN room_id SET (n_distinct = -0.01)",
        "ALTER TABLE messages ALTER COLUMN sender_id SET (n_distinct = -0.01)",
    ],
};
