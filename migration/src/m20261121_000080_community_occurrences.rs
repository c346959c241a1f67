//! Posts about one occurrence of an event, and what became of the names of occurrences.

use crate::Step;

/// A post says which occurrence it is about by where the series began it. What it was said to be about,
/// and the changes of names since, are kept: changes become known late and in any order.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000080_community_occurrences",
    sql: &[
        "ALTER TABLE posts ADD COLUMN occurrence bigint",
        "CREATE INDEX posts_of_occurrence ON posts (event_id, occurrence, id) WHERE occurrence IS NOT NULL",
        "CREATE TABLE post_occurrences (
            post_id uuid NOT NULL PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
            event_id uuid NOT NULL,
            original bigint NOT NULL,
            version bigint NOT NULL
        )",
        "CREATE INDEX post_occurrences_of_event ON post_occurrences (event_id, original, version)",
        "CREATE TABLE series_changes (
            event_id uuid NOT NULL,
            version bigint NOT NULL,
            into_id uuid NOT NULL,
            change text NOT NULL,
            PRIMARY KEY (event_id, version)
        )",
        "CREATE INDEX series_changes_into ON series_changes (into_id)",
        "CREATE TABLE series_locks (id bigint NOT NULL PRIMARY KEY)",
    ],
    postgres: &[],
};
