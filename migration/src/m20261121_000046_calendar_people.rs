//! The people of an event: who is invited, what they answered, who has a seat and who waits for one.

use crate::Step;

/// Creates the tables.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000046_calendar_people",
    sql: &[
        // Only events that somebody may come to have a row; the others are their calendar owner's.
        "CREATE TABLE calendar_gatherings (
            event_id uuid PRIMARY KEY REFERENCES calendar_objects (id) ON DELETE CASCADE,
            organizer_id uuid NOT NULL,
            capacity bigint CHECK (capacity BETWEEN 1 AND 10000)
        )",
        "CREATE INDEX calendar_gatherings_of_organizer ON calendar_gatherings (organizer_id)",
        // Who sees an event beside the members of its calendar. Those who were not invited came by
        // themselves, and go with their last seat.
        "CREATE TABLE calendar_guests (
            event_id uuid NOT NULL REFERENCES calendar_gatherings (event_id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            invited boolean NOT NULL,
            status text NOT NULL CHECK (status IN ('needsAction', 'accepted', 'declined', 'tentative')),
            invited_at bigint NOT NULL,
            responded_at bigint,
            PRIMARY KEY (event_id, user_id)
        )",
        "CREATE INDEX calendar_guests_of_user ON calendar_guests (user_id, event_id)",
        // Answers to one occurrence, named by where its series began it.
        "CREATE TABLE calendar_answers (
            event_id uuid NOT NULL,
            user_id uuid NOT NULL,
            original_at bigint NOT NULL,
            status text NOT NULL CHECK (status IN ('accepted', 'declined', 'tentative')),
            responded_at bigint NOT NULL,
            PRIMARY KEY (event_id, user_id, original_at),
            FOREIGN KEY (event_id, user_id) REFERENCES calendar_guests (event_id, user_id) ON DELETE CASCADE
        )",
        // One row per occurrence that somebody came to: whoever takes or frees a seat locks it.
        "CREATE TABLE calendar_seats (
            event_id uuid NOT NULL REFERENCES calendar_gatherings (event_id) ON DELETE CASCADE,
            original_at bigint NOT NULL,
            joined bigint NOT NULL CHECK (joined >= 0),
            waiting bigint NOT NULL CHECK (waiting >= 0),
            last_place bigint NOT NULL,
            PRIMARY KEY (event_id, original_at)
        )",
        // `place` is the order of coming.
        "CREATE TABLE calendar_attendances (
            event_id uuid NOT NULL,
            original_at bigint NOT NULL,
            user_id uuid NOT NULL,
            waits boolean NOT NULL,
            place bigint NOT NULL,
            PRIMARY KEY (event_id, original_at, user_id),
            UNIQUE (event_id, original_at, place),
            FOREIGN KEY (event_id, original_at) REFERENCES calendar_seats (event_id, original_at) ON DELETE CASCADE
        )",
        "CREATE INDEX calendar_attendances_of_user ON calendar_attendances (user_id, event_id)",
        "CREATE INDEX calendar_attendances_waiting ON calendar_attendances (event_id, original_at, place) WHERE waits",
        // Guests find the occurrences of an event by their time.
        "CREATE INDEX calendar_occurrences_event ON calendar_occurrences (object_id, starts_at)",
        "DROP INDEX calendar_occurrences_object",
    ],
    postgres: &[],
};
