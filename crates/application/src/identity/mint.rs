//! Making the tokens of a session, and reading what comes back.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use madang_domain::{
    identity::Lifetimes,
    shared::{Failure, Timestamp},
};

use super::{
    Grant, IdentitySettings, Tokens,
    ports::{AccessTokens, KnownToken, NewToken, RefreshSecrets},
};
use crate::shared::{Clock, Sealer};

/// Makes access tokens, which say who somebody is, and refresh tokens, which say nothing.
pub struct Mint {
    access: Arc<dyn AccessTokens>,
    secrets: Arc<dyn RefreshSecrets>,
    sealer: Arc<dyn Sealer>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl Mint {
    /// Wires it.
    pub fn new(
        access: Arc<dyn AccessTokens>,
        secrets: Arc<dyn RefreshSecrets>,
        sealer: Arc<dyn Sealer>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { access, secrets, sealer, settings, clock }
    }

    /// How long tokens and sessions live.
    pub(super) fn lifetimes(&self) -> &Lifetimes {
        &self.settings.lifetimes
    }

    /// What is stored instead of a refresh token; `None` if the text cannot be one.
    pub(super) fn fingerprint(&self, token: &str) -> Option<[u8; 32]> {
        self.secrets.fingerprint(token)
    }

    /// A refresh token, and what is stored of it.
    pub(super) fn refresh_token(&self) -> Result<(String, NewToken), Failure> {
        let text = self.secrets.fresh();
        let fingerprint = self.secrets.fingerprint(&text).context("our own refresh token")?;
        let sealed = self.sealer.seal(text.as_bytes());
        Ok((text, NewToken { fingerprint, sealed }))
    }

    /// The refresh token of a session, as far as it is still kept for clients that lost an answer.
    pub(super) fn unseal(&self, known: &KnownToken) -> Result<String, Failure> {
        let sealed = known.live_token.as_deref().context("the live token is not kept")?;
        let text = self.sealer.open(sealed).context("the live token was sealed with another key")?;
        Ok(String::from_utf8(text).context("the live token is not text")?)
    }

    /// What a client gets for a grant.
    pub(super) fn pair(&self, grant: Grant) -> Result<Tokens, Failure> {
        let now = self.clock.now();
        let life = self.settings.lifetimes.access;
        let access_token = self.access.issue(grant.user, grant.session, &grant.roles, now, now.plus(life))?;
        // Rounded, because a few microseconds have passed since it was decided.
        let refresh_expires_in = grant.refresh_expires_at.since(now).as_millis().div_ceil(1_000);
        let refresh_expires_in = u64::try_from(refresh_expires_in).unwrap_or(u64::MAX);
        Ok(Tokens { access_token, expires_in: life.as_secs(), refresh_expires_in, grant })
    }

    /// When the last access token that may have been issued by now is dead, on any clock.
    pub(super) fn last_access(&self, now: Timestamp) -> Timestamp {
        const CLOCKS_APART: Duration = Duration::from_mins(1);
        now.plus(self.settings.lifetimes.access).plus(CLOCKS_APART)
    }
}
