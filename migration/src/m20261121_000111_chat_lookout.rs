//! Rooms are found by their events, and looked at again when people who had them open are gone.

use crate::Step;

/// `look_at` is when somebody who has not read all may have ceased to be present, `look_from` the
/// number after which such a person was told nothing. Both are absent where there is nobody.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000111_chat_lookout",
    sql: &[
        "ALTER TABLE rooms ADD COLUMN look_at bigint",
        "ALTER TABLE rooms ADD COLUMN look_from bigint",
        "CREATE INDEX rooms_to_look_at ON rooms (look_at) WHERE look_at IS NOT NULL",
        "CREATE INDEX rooms_of_subject ON rooms (subject_id) WHERE subject_id IS NOT NULL",
    ],
    postgres: &[],
};
