//! Calendars, who may enter them, their events, and every single happening within reach.

use crate::Step;

/// Creates the tables of the calendar.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000003_calendar_events",
    sql: &[
        // `default_of` is the owner of a default calendar: everybody has one at most. `rev` counts
        // the changes of the calendar's events, under the row's lock.
        "CREATE TABLE calendars (
            id uuid PRIMARY KEY,
            owner_id uuid NOT NULL,
            default_of uuid UNIQUE,
            name text NOT NULL,
            description text NOT NULL,
            color text NOT NULL,
            time_zone text NOT NULL,
            rev bigint NOT NULL DEFAULT 0,
            version bigint NOT NULL,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL
        )",
        "CREATE INDEX calendars_owner ON calendars (owner_id, created_at)",
        "CREATE TABLE calendar_members (
            calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            role text NOT NULL CHECK (role IN ('freeBusy', 'reader', 'writer', 'owner')),
            created_at bigint NOT NULL,
            PRIMARY KEY (calendar_id, user_id)
        )",
        "CREATE INDEX calendar_members_user ON calendar_members (user_id, created_at, calendar_id)",
        // `begins` is the start as clocks show it, `begins_at` the same on the line of `frame`: an
        // instant for 'zoned', digits read as if UTC for 'date' and 'floating'. `covers_*` is the stretch whose occurrences are written
        // down, absent where all are; `first_at` and `last_at` bound all there are.
        "CREATE TABLE calendar_objects (
            id uuid PRIMARY KEY,
            calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            uid text {bytewise} NOT NULL,
            kind text NOT NULL CHECK (kind IN ('event', 'task', 'other')),
            title text,
            description text NOT NULL,
            location text NOT NULL,
            status text NOT NULL CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
            visibility text NOT NULL CHECK (visibility IN ('public', 'private', 'confidential')),
            frame text CHECK (frame IN ('date', 'floating', 'zoned')),
            time_zone text,
            end_zone text,
            begins text,
            begins_at bigint,
            length_days bigint NOT NULL,
            length_micros bigint NOT NULL,
            recurrence text NOT NULL,
            repeats boolean NOT NULL,
            covers_from bigint,
            covers_to bigint,
            first_at bigint,
            last_at bigint,
            completed_at bigint,
            sequence bigint NOT NULL,
            version bigint NOT NULL,
            rev bigint NOT NULL,
            ical text,
            created_at bigint NOT NULL,
            updated_at bigint NOT NULL,
            UNIQUE (calendar_id, uid),
            UNIQUE (calendar_id, rev)
        )",
        "CREATE INDEX calendar_objects_unwritten ON calendar_objects (calendar_id) WHERE covers_to IS NOT NULL",
        "CREATE TABLE calendar_overrides (
            object_id uuid NOT NULL REFERENCES calendar_objects (id) ON DELETE CASCADE,
            original_at bigint NOT NULL,
            title text,
            description text NOT NULL,
            location text NOT NULL,
            status text NOT NULL CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
            visibility text NOT NULL CHECK (visibility IN ('public', 'private', 'confidential')),
            frame text NOT NULL CHECK (frame IN ('date', 'floating', 'zoned')),
            time_zone text,
            end_zone text,
            begins text NOT NULL,
            begins_at bigint NOT NULL,
            length_days bigint NOT NULL,
            length_micros bigint NOT NULL,
            PRIMARY KEY (object_id, original_at)
        )",
        // Found by their start from two days before a range on; the few longer ones by their end.
        "CREATE TABLE calendar_occurrences (
            calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            starts_at bigint NOT NULL,
            id uuid NOT NULL,
            ends_at bigint NOT NULL,
            object_id uuid NOT NULL REFERENCES calendar_objects (id) ON DELETE CASCADE,
            original_at bigint NOT NULL,
            floats boolean NOT NULL,
            is_long boolean NOT NULL,
            PRIMARY KEY (calendar_id, starts_at, id)
        )",
        "CREATE INDEX calendar_occurrences_object ON calendar_occurrences (object_id)",
        "CREATE INDEX calendar_occurrences_long ON calendar_occurrences (calendar_id, ends_at) WHERE is_long",
        // What was deleted, for those who synchronise.
        "CREATE TABLE calendar_tombstones (
            calendar_id uuid NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            rev bigint NOT NULL,
            object_id uuid NOT NULL,
            uid text NOT NULL,
            deleted_at bigint NOT NULL,
            PRIMARY KEY (calendar_id, rev)
        )",
    ],
    postgres: &[],
};
