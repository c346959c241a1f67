//! Rooms, who is in them, and what they say.

use crate::Step;

/// Creates the tables of `chat`.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000040_chat_rooms",
    sql: &[
        // `last_seq` is the number of the newest message; its row lock orders the messages of a
        // room. `key` is what there is only one room for. Kinds are not listed in a check: each
        // capability that has something to talk about brings one. `told_seq` is how far people
        // who are away were looked after.
        "CREATE TABLE rooms (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            title text,
            subject_id uuid,
            key text UNIQUE,
            opened_by uuid,
            member_count bigint NOT NULL CHECK (member_count >= 0),
            last_seq bigint NOT NULL CHECK (last_seq >= 0),
            told_seq bigint NOT NULL,
            last_at bigint NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX rooms_to_tell ON rooms (last_at) WHERE told_seq < last_seq",
        // Whoever leaves keeps the row, so that what they wrote can be found when they withdraw.
        "CREATE TABLE room_members (
            room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            read_seq bigint NOT NULL,
            told_seq bigint NOT NULL,
            joined_at bigint NOT NULL,
            left_at bigint,
            PRIMARY KEY (room_id, user_id)
        )",
        "CREATE INDEX room_members_of_user ON room_members (user_id, room_id)",
        "CREATE INDEX room_members_gone ON room_members (room_id, user_id) WHERE left_at IS NOT NULL",
        "CREATE TABLE messages (
            id uuid PRIMARY KEY,
            room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
            seq bigint NOT NULL CHECK (seq > 0),
            sender_id uuid,
            kind text NOT NULL,
            text text NOT NULL,
            client_id text,
            created_at bigint NOT NULL,
            UNIQUE (room_id, seq)
        )",
        "CREATE UNIQUE INDEX messages_once ON messages (room_id, sender_id, client_id)",
    ],
    postgres: &[],
};
