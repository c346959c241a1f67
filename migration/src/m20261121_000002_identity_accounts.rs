//! Accounts, login sessions and the keys that sign access tokens.

use crate::Step;

/// Creates the tables of `identity`.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000002_identity_accounts",
    sql: &[
        "CREATE TABLE users (
            id uuid PRIMARY KEY,
            email text NOT NULL,
            email_normal text NOT NULL UNIQUE,
            email_verified_at bigint,
            provider text NOT NULL,
            password_hash text,
            status text NOT NULL CHECK (status IN ('active', 'suspended')),
            is_admin boolean NOT NULL,
            last_login_at bigint,
            version bigint NOT NULL,
            created_at bigint NOT NULL
        )",
        // A table of its own, so that changing a nickname can claim the new one without an error.
        "CREATE TABLE nicknames (
            normal text {bytewise} PRIMARY KEY,
            nickname text NOT NULL,
            user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE
        )",
        "CREATE TABLE user_info (
            user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            display_name text,
            name text,
            birth_date text,
            sex text CHECK (sex IN ('female', 'male', 'other')),
            bio text,
            phone text,
            phone_verified_at bigint,
            address text,
            region text,
            theme text NOT NULL CHECK (theme IN ('light', 'dark', 'system')),
            locale text NOT NULL,
            time_zone text NOT NULL,
            week_start text NOT NULL CHECK (week_start IN ('monday', 'saturday', 'sunday'))
        )",
        // `live` and `parent` number the session's refresh tokens; `live_token` is the live one,
        // sealed, for clients that lost the answer it was in.
        "CREATE TABLE sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            live bigint NOT NULL,
            parent bigint CHECK (parent < live),
            live_token bytea,
            rotated_at bigint NOT NULL,
            refresh_expires_at bigint NOT NULL,
            expires_at bigint NOT NULL,
            revoked_at bigint,
            address text NOT NULL,
            user_agent text,
            created_at bigint NOT NULL
        )",
        "CREATE INDEX sessions_of_user ON sessions (user_id, created_at, id)",
        "CREATE INDEX sessions_age ON sessions (refresh_expires_at)",
        "CREATE INDEX sessions_sealed ON sessions (rotated_at) WHERE live_token IS NOT NULL",
        "CREATE TABLE refresh_tokens (
            fingerprint bytea PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            number bigint NOT NULL,
            UNIQUE (session_id, number)
        )",
        // Outlives the session's own row, which withdrawal erases.
        "CREATE TABLE revoked_sessions (
            session_id uuid PRIMARY KEY,
            revoked_at bigint NOT NULL,
            until bigint NOT NULL
        )",
        "CREATE INDEX revoked_sessions_news ON revoked_sessions (revoked_at)",
        "CREATE INDEX revoked_sessions_age ON revoked_sessions (until)",
        "CREATE TABLE signing_keys (
            generation bigint PRIMARY KEY,
            id text NOT NULL UNIQUE,
            sealed_private bytea NOT NULL,
            public bytea NOT NULL,
            created_at bigint NOT NULL,
            retired_at bigint
        )",
    ],
    postgres: &[],
};
