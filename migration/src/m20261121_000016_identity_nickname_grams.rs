//! Pieces of nicknames, by which people are found.

use crate::Step;

/// Creates the index of one- and two-syllable pieces, and fills it for those who are there.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000016_identity_nickname_grams",
    sql: &[
        // The order of the key is the order of the list: the newest people first, within a piece.
        "CREATE TABLE nickname_grams (
            gram text {bytewise} NOT NULL,
            created_at bigint NOT NULL,
            user_id uuid NOT NULL,
            normal text {bytewise} NOT NULL REFERENCES nicknames (normal) ON DELETE CASCADE,
            PRIMARY KEY (gram, created_at, user_id)
        )",
        "CREATE INDEX nickname_grams_of ON nickname_grams (normal)",
        "INSERT INTO nickname_grams (gram, created_at, user_id, normal)
            WITH RECURSIVE place (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < 10),
                size (long) AS (SELECT 1 UNION ALL SELECT 2)
            SELECT DISTINCT substr(n.normal, place.at, size.long), u.created_at, u.id, n.normal
            FROM nicknames n JOIN users u ON u.id = n.user_id CROSS JOIN place CROSS JOIN size
            WHERE place.at + size.long - 1 <= length(n.normal)",
    ],
    postgres: &[],
};
