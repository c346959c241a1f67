//! Calendar: reminders, and when each rings next.

use crate::Step;

/// Creates the table.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000070_calendar_reminders",
    sql: &[
        // `due_at` is when to look at it next, null for never. `planned_at` is when that was found
        // out, null if the event changed since. Up to (`fired_at`, `fired_original`) it rang.
        "CREATE TABLE calendar_reminders (
            event_id uuid NOT NULL REFERENCES calendar_objects (id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            minutes bigint NOT NULL CHECK (minutes BETWEEN -1440 AND 40320),
            due_at bigint,
            planned_at bigint,
            fired_at bigint NOT NULL,
            fired_original bigint NOT NULL,
            PRIMARY KEY (event_id, user_id, minutes)
        )",
        "CREATE INDEX calendar_reminders_due ON calendar_reminders (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX calendar_reminders_of_user ON calendar_reminders (user_id)",
    ],
    postgres: &[],
};
