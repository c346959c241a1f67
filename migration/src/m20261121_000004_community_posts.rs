//! Who follows and blocks whom, posts, likes, tags and feeds.

use crate::Step;

/// Creates the tables of `community`.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000004_community_posts",
    sql: &[
        "CREATE TABLE follows (
            id uuid NOT NULL,
            follower_id uuid NOT NULL,
            followee_id uuid NOT NULL CHECK (followee_id <> follower_id),
            created_at bigint NOT NULL,
            PRIMARY KEY (follower_id, followee_id)
        )",
        "CREATE UNIQUE INDEX follows_of_follower ON follows (follower_id, id)",
        "CREATE UNIQUE INDEX follows_of_followee ON follows (followee_id, id)",
        "CREATE TABLE blocks (
            blocker_id uuid NOT NULL,
            blocked_id uuid NOT NULL CHECK (blocked_id <> blocker_id),
            created_at bigint NOT NULL,
            PRIMARY KEY (blocker_id, blocked_id)
        )",
        "CREATE INDEX blocks_of_blocked ON blocks (blocked_id, blocker_id)",
        // One row per person who wrote or is followed. Its lock keeps `timeline` exact while
        // somebody posts and somebody else follows; `is_big` authors are merged when read.
        "CREATE TABLE authors (
            user_id uuid PRIMARY KEY,
            is_big boolean NOT NULL
        )",
        // Columns of the root are repeated, so that visibility needs no second row;
        // `narrowed_to` is how far a reply reaches whose author wanted less than the thread.
        "CREATE TABLE posts (
            id uuid PRIMARY KEY,
            author_id uuid NOT NULL,
            title text,
            text text NOT NULL,
            event_id uuid,
            date text,
            day text {bytewise} NOT NULL,
            in_reply_to uuid,
            root_id uuid NOT NULL,
            root_author_id uuid NOT NULL,
            root_visibility text NOT NULL CHECK (root_visibility IN ('public', 'friends', 'private')),
            narrowed_to text CHECK (narrowed_to IN ('friends', 'private')),
            like_count bigint NOT NULL CHECK (like_count >= 0),
            reply_count bigint NOT NULL CHECK (reply_count >= 0),
            version bigint NOT NULL,
            created_at bigint NOT NULL,
            edited_at bigint,
            CHECK (narrowed_to IS NULL OR in_reply_to IS NOT NULL)
        )",
        "CREATE INDEX posts_of_author ON posts (author_id, id)",
        "CREATE INDEX posts_of_day ON posts (day, id)",
        "CREATE INDEX posts_of_thread ON posts (root_id, id)",
        "CREATE INDEX posts_of_parent ON posts (in_reply_to, id)",
        "CREATE TABLE post_tags (
            tag text {bytewise} NOT NULL,
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            PRIMARY KEY (tag, post_id)
        )",
        "CREATE INDEX post_tags_of_post ON post_tags (post_id)",
        "CREATE TABLE likes (
            id uuid NOT NULL,
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            user_id uuid NOT NULL,
            created_at bigint NOT NULL,
            PRIMARY KEY (post_id, user_id)
        )",
        "CREATE UNIQUE INDEX likes_of_post ON likes (post_id, id)",
        "CREATE INDEX likes_of_user ON likes (user_id)",
        "CREATE TABLE timeline (
            owner_id uuid NOT NULL,
            post_id uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
            PRIMARY KEY (owner_id, post_id)
        )",
        "CREATE INDEX timeline_of_post ON timeline (post_id)",
    ],
    postgres: &[],
};
