//! Until when somebody is known to have a room open.

use crate::Step;

/// Adds the column.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000042_chat_presence",
    sql: &["ALTER TABLE room_members ADD COLUMN present_until bigint NOT NULL DEFAULT 0"],
    postgres: &[],
};
