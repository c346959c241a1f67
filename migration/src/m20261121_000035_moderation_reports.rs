//! Reports of posts and people, and feedback.

use crate::Step;

/// Creates the tables of `moderation`.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000035_moderation_reports",
    sql: &[
        "CREATE TABLE reports (
            id uuid PRIMARY KEY,
            reporter_id uuid NOT NULL,
            target_kind text NOT NULL CHECK (target_kind IN ('post', 'user')),
            target_id uuid NOT NULL,
            accused_id uuid NOT NULL CHECK (accused_id <> reporter_id),
            reason text NOT NULL CHECK (reason IN ('spam', 'abuse', 'nudity', 'fraud', 'other')),
            text text CHECK (text IS NOT NULL OR reason <> 'other'),
            state text NOT NULL CHECK (state IN ('open', 'resolved', 'dismissed')),
            created_at bigint NOT NULL,
            handled_at bigint,
            handled_by uuid,
            CHECK ((state = 'open') = (handled_at IS NULL)),
            UNIQUE (reporter_id, target_kind, target_id)
        )",
        "CREATE INDEX reports_by_state ON reports (state, id)",
        "CREATE INDEX reports_of_accused ON reports (accused_id)",
        "CREATE TABLE feedback (
            id uuid PRIMARY KEY,
            author_id uuid NOT NULL,
            title text NOT NULL,
            text text NOT NULL,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX feedback_of_author ON feedback (author_id)",
    ],
    postgres: &[],
};
