//! Chat: what a person said is found for their export alone.

use crate::Step;

/// The condition keeps this index out of the look-ups by room, sender and name, for which Postgres may
/// take it while nobody has said much.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000114_chat_sender",
    sql: &[
        "DROP INDEX messages_of_sender",
        "CREATE INDEX messages_of_sender ON messages (sender_id, id) WHERE sender_id IS NOT NULL AND seq > 0",
    ],
    postgres: &[],
};
