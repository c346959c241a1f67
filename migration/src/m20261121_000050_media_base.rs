//! Pictures, the room they take up, and the files that are to go.

use crate::Step;

/// Creates the tables. `look_at` is when a picture is next looked at for whether it hangs anywhere.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000050_media_base",
    sql: &[
        "CREATE TABLE media (
            id uuid PRIMARY KEY,
            owner_id uuid NOT NULL,
            file_key text NOT NULL UNIQUE CHECK (length(file_key) = 32),
            kind text NOT NULL CHECK (kind IN ('png', 'jpg', 'gif', 'webp')),
            small_kind text NOT NULL CHECK (small_kind IN ('png', 'jpg', 'webp')),
            width bigint NOT NULL CHECK (width > 0),
            height bigint NOT NULL CHECK (height > 0),
            byte_size bigint NOT NULL CHECK (byte_size > 0),
            stored_bytes bigint NOT NULL CHECK (stored_bytes >= byte_size),
            blurhash text NOT NULL,
            created_at bigint NOT NULL,
            look_at bigint NOT NULL
        )",
        "CREATE INDEX media_owner ON media (owner_id, id)",
        "CREATE INDEX media_look ON media (look_at, id)",
        "CREATE TABLE media_owners (
            owner_id uuid PRIMARY KEY,
            bytes bigint NOT NULL CHECK (bytes >= 0)
        )",
        "CREATE TABLE media_trash (
            name text PRIMARY KEY,
            due_at bigint NOT NULL
        )",
        "CREATE INDEX media_trash_due ON media_trash (due_at, name)",
    ],
    postgres: &[],
};
