//! Calendar: whose the alarms of an imported event are.

use crate::Step;

/// Adds the column. What was imported before belongs, as far as its alarms go, to the calendar's owner.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000072_calendar_alarms",
    sql: &[
        "ALTER TABLE calendar_objects ADD COLUMN alarms_of uuid",
        "UPDATE calendar_objects SET alarms_of = (SELECT c.owner_id FROM calendars c
            WHERE c.id = calendar_objects.calendar_id) WHERE ical LIKE '%BEGIN:VALARM%'",
        "CREATE INDEX calendar_objects_alarms ON calendar_objects (alarms_of) WHERE alarms_of IS NOT NULL",
    ],
    postgres: &[],
};
