//! Logins at other services, and logins that are under way there.

use crate::Step;

/// Creates the tables of social logins.
pub(crate) const STEP: Step = Step {
    name: "m20261121_000015_identity_social",
    sql: &[
        // A subject is unique within the application (`client`) that asked for it; an account has
        // one person at each provider. `unlinked_at` is set where the provider ended its part and
        // the account has no other way in: consent brings it back.
        "CREATE TABLE social_identities (
            provider text NOT NULL,
            client text NOT NULL,
            subject text NOT NULL,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            email text,
            email_proven boolean NOT NULL,
            linked_at bigint NOT NULL,
            last_login_at bigint,
            unlinked_at bigint,
            PRIMARY KEY (provider, client, subject),
            UNIQUE (user_id, provider)
        )",
        // One login on its way through a provider. What it takes to finish it is sealed; the state
        // is kept as a fingerprint only.
        "CREATE TABLE oauth_transactions (
            state bytea PRIMARY KEY,
            provider text NOT NULL,
            redirect_uri text NOT NULL,
            sealed bytea NOT NULL,
            user_id uuid REFERENCES users (id) ON DELETE CASCADE,
            browser bytea NOT NULL,
            in_browser boolean NOT NULL,
            created_at bigint NOT NULL,
            expires_at bigint NOT NULL,
            used_at bigint
        )",
        "CREATE INDEX oauth_transactions_age ON oauth_transactions (expires_at)",
        "CREATE INDEX oauth_transactions_of_user ON oauth_transactions (user_id)",
    ],
    postgres: &[],
};
