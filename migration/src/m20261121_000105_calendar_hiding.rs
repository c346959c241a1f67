//! Calendar: since which change members of a calendar do not see an event any more.

use crate::Step;

/// `hidden_from` is the number of the change that hid the event from those who saw it before; absent
/// where they see it, or never did. A deleted event leaves behind who saw it.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000105_calendar_hiding",
    sql: &[
        "ALTER TABLE calendar_objects ADD COLUMN hidden_from bigint",
        // Nobody knows what was seen of these: whoever follows the calendar is told once more.
        "UPDATE calendar_objects SET hidden_from = rev
         WHERE visibility = 'private' OR (kind = 'task' AND visibility <> 'public')",
        "ALTER TABLE calendar_tombstones ADD COLUMN kind text",
        "ALTER TABLE calendar_tombstones ADD COLUMN visibility text",
        "ALTER TABLE calendar_tombstones ADD COLUMN hidden_from bigint",
        "ALTER TABLE calendar_tombstones ADD COLUMN organizer_id uuid",
    ],
    postgres: &[],
};
