//! What posts were before they were changed.

use crate::Step;

/// Creates the edit history. The reach of a version is kept as posts keep theirs.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000091_community_edits",
    sql: &["CREATE TABLE post_edits (
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            version bigint NOT NULL,
            title text,
            text text NOT NULL,
            date text,
            root_visibility text NOT NULL CHECK (root_visibility IN ('public', 'friends', 'private')),
            narrowed_to text CHECK (narrowed_to IN ('friends', 'private')),
            written_at bigint NOT NULL,
            replaced_at bigint NOT NULL,
            PRIMARY KEY (post_id, version)
        )"],
    postgres: &[],
};
