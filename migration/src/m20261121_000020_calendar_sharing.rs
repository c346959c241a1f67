//! How each viewer sees a calendar, and feeds for those who know a secret address.

use crate::Step;

/// Adds the columns and the table.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000020_calendar_sharing",
    sql: &[
        // `sort_key` is the place its viewer chose, 0 to 10,000, or else when the calendar became
        // visible to them: what was never moved stands behind, the oldest first.
        "ALTER TABLE calendar_members ADD COLUMN color text",
        "ALTER TABLE calendar_members ADD COLUMN sort_key bigint NOT NULL DEFAULT 0",
        "UPDATE calendar_members SET sort_key = created_at",
        "DROP INDEX calendar_members_user",
        "CREATE INDEX calendar_members_user ON calendar_members (user_id, sort_key, calendar_id)",
        "CREATE INDEX calendar_members_list ON calendar_members (calendar_id, created_at, user_id)",
        // Of the secret only its SHA-256.
        "CREATE TABLE calendar_share_links (
            id uuid PRIMARY KEY,
            calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            fingerprint bytea NOT NULL UNIQUE,
            detail text NOT NULL CHECK (detail IN ('freeBusy', 'full')),
            name text NOT NULL,
            created_by uuid NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX calendar_share_links_list ON calendar_share_links (calendar_id, created_at, id)",
    ],
    postgres: &[],
};
