//! Who makes a request, by its bearer token. Asks neither database nor Redis.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    identity::errors::{
        SESSION_ENDED, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_KEY_UNKNOWN,
    },
    shared::{Failure, SessionId, Timestamp, UserId},
};

use super::{
    SessionGate, SessionService,
    ports::{AccessClaims, AccessTokens, TokenFault},
};
use crate::shared::{Authenticator, Caller, Clock, LoginWatch, Origin, Renewed};

/// Turns bearer tokens into callers.
pub struct TokenAuthenticator {
    tokens: Arc<dyn AccessTokens>,
    gate: Arc<SessionGate>,
    sessions: Arc<SessionService>,
    clock: Arc<dyn Clock>,
}

impl TokenAuthenticator {
    /// Believes these tokens unless this gate is closed.
    pub fn new(
        tokens: Arc<dyn AccessTokens>,
        gate: Arc<SessionGate>,
        sessions: Arc<SessionService>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { tokens, gate, sessions, clock }
    }

    /// What an access token says, if it is worth anything.
    ///
    /// # Errors
    /// `identity.token_expired`, `identity.token_algorithm`, `identity.token_key_unknown`,
    /// `identity.token_audience`, `identity.token_invalid`, `identity.session_ended`.
    pub fn check(&self, bearer: &str) -> Result<AccessClaims, Failure> {
        let claims = self.tokens.verify(bearer, self.clock.now()).map_err(|fault| match fault {
            TokenFault::Expired(_) => TOKEN_EXPIRED,
            TokenFault::Algorithm => TOKEN_ALGORITHM,
            TokenFault::Key => TOKEN_KEY_UNKNOWN,
            TokenFault::Audience => TOKEN_AUDIENCE,
            TokenFault::Invalid => TOKEN_INVALID,
        })?;
        if self.gate.admits(claims.sid) { Ok(claims) } else { Err(SESSION_ENDED.into()) }
    }
}

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(&self, token: &str, origin: Origin) -> Result<Caller, Failure> {
        let claims = self.check(token)?;
        Ok(Caller { user: claims.sub, session: claims.sid, roles: claims.roles, origin })
    }

    async fn renew(&self, token: &str, refresh: &str, origin: Origin) -> Result<Renewed, Failure> {
        let claims = match self.tokens.verify(token, self.clock.now()) {
            Err(TokenFault::Expired(claims)) => claims,
            Err(_) | Ok(_) => return Err(TOKEN_INVALID.into()),
        };
        if !self.gate.admits(claims.sid) {
            return Err(SESSION_ENDED.into());
        }
        let (access_token, roles) = self.sessions.renew(claims.sid, refresh).await?;
        let caller = Caller { user: claims.sub, session: claims.sid, roles, origin };
        Ok(Renewed { caller, access_token })
    }

    fn formerly(&self, token: &str) -> Option<UserId> {
        let claims = self.tokens.verify(token, self.clock.now()).ok()?;
        (!self.gate.admits(claims.sid)).then_some(claims.sub)
    }
}

impl LoginWatch for TokenAuthenticator {
    fn ends_at(&self, token: &str) -> Result<Timestamp, Failure> {
        Ok(Timestamp::from_micros(self.check(token)?.exp.saturating_mul(1_000_000)))
    }

    fn holds(&self, session: SessionId) -> bool {
        self.gate.admits(session)
    }
}
