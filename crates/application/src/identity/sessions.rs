//! Use cases about logins: beginning, continuing and ending them.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, LoginSession, Presented, Status,
        domain_events::{RevocationReason, SessionsRevoked},
        errors::{REFRESH_EXPIRED, REFRESH_INVALID, REFRESH_REUSED, SESSION_ENDED, SUSPENDED},
        security_event::SecurityEventKind,
    },
    shared::{Failure, SessionId, Timestamp, UserId, platform},
};
use serde::{Deserialize, Serialize};

use super::{
    Doer, Mint, SecurityLog, SessionGate,
    ports::{AccountRepository, Revoked, RevokedSessions, SessionRepository, Which},
};
use crate::shared::{Caller, Clock, Origin, Role, Tx, UnitOfWork, new_id};

/// A session that was begun or continued, with the token to continue it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The person.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Rights beyond one's own things.
    pub roles: Vec<Role>,
    /// Continues the session once.
    pub refresh_token: String,
    /// When it ends if it is not used.
    pub refresh_expires_at: Timestamp,
    /// Whether it is the first login of the account.
    pub first_login: bool,
    /// Whether the profile has everything that lending and buying need.
    pub profile_complete: bool,
}

/// What a client gets for a [`Grant`].
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Proves who makes a request.
    pub access_token: String,
    /// Its life in seconds.
    pub expires_in: u64,
    /// The life of the refresh token in seconds.
    pub refresh_expires_in: u64,
    /// The rest.
    pub grant: Grant,
}

/// Begins, continues and ends sessions.
pub struct SessionService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<dyn SessionRepository>,
    mint: Arc<Mint>,
    doors: Arc<Doors>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

/// Everything that has to hear that sessions ended: this process first, then the others.
pub struct Doors {
    gate: Arc<SessionGate>,
    others: Arc<dyn RevokedSessions>,
}

impl Doors {
    /// Wires it.
    pub fn new(gate: Arc<SessionGate>, others: Arc<dyn RevokedSessions>) -> Self {
        Self { gate, others }
    }
}

/// What became of a presented refresh token.
#[derive(Debug, Serialize, Deserialize)]
enum Outcome {
    Continued(Box<Grant>),
    /// These sessions were ended because it was a copy.
    Stolen(Vec<SessionId>),
}

impl SessionService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<dyn SessionRepository>,
        mint: Arc<Mint>,
        doors: Arc<Doors>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, sessions, mint, doors, log, clock }
    }

    /// Begins a session for a person who proved who they are.
    pub(super) async fn begin(
        &self,
        tx: &mut Tx,
        account: &Account,
        origin: &Origin,
    ) -> Result<Grant, Failure> {
        let now = self.clock.now();
        let first_login = self.accounts.logged_in(tx, account.id, now).await?;
        let session = LoginSession::start(new_id(), account.id, now, self.mint.lifetimes());
        let (refresh_token, token) = self.mint.refresh_token()?;
        let agent = origin.user_agent.as_deref();
        self.sessions.insert(tx, &session, &token, origin.address, agent).await?;
        let doer = Doer { user: Some(account.id), address: Some(origin.address) };
        self.log.record(tx, SecurityEventKind::LoggedIn, doer, Some(account.id), None).await?;
        Ok(grant(account, &session, refresh_token, first_login))
    }

    /// Continues a session.
    ///
    /// # Errors
    /// `identity.refresh_token_invalid`, `identity.refresh_token_expired`,
    /// `identity.refresh_token_reused`, `identity.session_ended`, `identity.suspended`.
    pub async fn refresh(&self, origin: &Origin, token: &str) -> Result<Tokens, Failure> {
        let fingerprint = self.mint.fingerprint(token).ok_or(REFRESH_INVALID)?;
        let outcome =
            self.uow.run_once(origin.once.as_ref(), async |tx| self.present(tx, &fingerprint).await).await?;
        match outcome {
            Outcome::Continued(grant) => self.mint.pair(*grant),
            Outcome::Stolen(ended) => {
                self.shut(&ended).await;
                Err(REFRESH_REUSED.into())
            }
        }
    }

    /// Decides about a presented token. The decision is the conditional update in `rotate`: who
    /// loses it looks again and finds the winner's work.
    async fn present(&self, tx: &mut Tx, fingerprint: &[u8; 32]) -> Result<Outcome, Failure> {
        /// Each lost round means that somebody else of this session won one.
        const ROUNDS: usize = 100;
        for _ in 0..ROUNDS {
            let known = self.sessions.find_token(tx, fingerprint).await?.ok_or(REFRESH_INVALID)?;
            let now = self.clock.now();
            match known.session.presented(known.number, now) {
                Presented::Rotate | Presented::Replace => {
                    let next = known.session.next(known.number, now, self.mint.lifetimes());
                    let (refresh_token, token) = self.mint.refresh_token()?;
                    if self.sessions.rotate(tx, known.session.live, &next, &token).await? {
                        return self.continued(tx, &next, refresh_token).await;
                    }
                }
                Presented::Repeat => {
                    let live = self.mint.unseal(&known)?;
                    return self.continued(tx, &known.session, live).await;
                }
                Presented::Reused => {
                    let (user, session) = (known.session.user, known.session.id);
                    let which = Which::One(user, session);
                    let ended = self.revoke(tx, user, which, RevocationReason::TokenReused).await?;
                    return Ok(Outcome::Stolen(ended));
                }
                Presented::Expired => return Err(REFRESH_EXPIRED.into()),
                Presented::Ended => return Err(SESSION_ENDED.into()),
            }
        }
        Err(platform::STALE.into())
    }

    async fn continued(
        &self,
        tx: &mut Tx,
        session: &LoginSession,
        refresh_token: String,
    ) -> Result<Outcome, Failure> {
        let account = self.accounts.find(tx, session.user).await?.ok_or(SESSION_ENDED)?;
        if account.status == Status::Suspended {
            return Err(SUSPENDED.into());
        }
        Ok(Outcome::Continued(Box::new(grant(&account, session, refresh_token, false))))
    }

    /// A fresh access token for a session whose refresh token is at hand. Nothing is rotated: the
    /// answer to whatever was asked has no place for a refresh token that must not get lost.
    ///
    /// # Errors
    /// As [`Self::refresh`].
    pub(super) async fn renew(
        &self,
        session: SessionId,
        token: &str,
    ) -> Result<(String, Vec<Role>), Failure> {
        let fingerprint = self.mint.fingerprint(token).ok_or(REFRESH_INVALID)?;
        let outcome = self
            .uow
            .run(async |tx| {
                let known = self.sessions.find_token(tx, &fingerprint).await?.ok_or(REFRESH_INVALID)?;
                if known.session.id != session {
                    return Err(REFRESH_INVALID.into());
                }
                match known.session.presented(known.number, self.clock.now()) {
                    Presented::Rotate | Presented::Repeat | Presented::Replace => {
                        self.continued(tx, &known.session, String::new()).await
                    }
                    Presented::Reused => {
                        let which = Which::One(known.session.user, session);
                        let reason = RevocationReason::TokenReused;
                        Ok(Outcome::Stolen(self.revoke(tx, known.session.user, which, reason).await?))
                    }
                    Presented::Expired => Err(REFRESH_EXPIRED.into()),
                    Presented::Ended => Err(SESSION_ENDED.into()),
                }
            })
            .await?;
        match outcome {
            Outcome::Continued(grant) => {
                let tokens = self.mint.pair(*grant)?;
                Ok((tokens.access_token, tokens.grant.roles))
            }
            Outcome::Stolen(ended) => {
                self.shut(&ended).await;
                Err(REFRESH_REUSED.into())
            }
        }
    }

    /// Ends the session of a refresh token and that of a caller, whichever are given. A token
    /// that is dead already, or none of ours, is as good as ended.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn log_out(&self, caller: Option<&Caller>, token: Option<&str>) -> Result<(), Failure> {
        let fingerprint = token.and_then(|token| self.mint.fingerprint(token));
        let ended = self
            .uow
            .run(async |tx| {
                let mut targets: Vec<_> =
                    caller.map(|caller| (caller.user, caller.session)).into_iter().collect();
                if let Some(fingerprint) = &fingerprint
                    && let Some(known) = self.sessions.find_token(tx, fingerprint).await?
                {
                    targets.push((known.session.user, known.session.id));
                }
                let mut ended = Vec::new();
                for (user, session) in targets {
                    let which = Which::One(user, session);
                    ended.extend(self.revoke(tx, user, which, RevocationReason::LoggedOut).await?);
                }
                Ok(ended)
            })
            .await?;
        self.shut(&ended).await;
        Ok(())
    }

    /// Ends every session of the caller.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn log_out_everywhere(&self, caller: &Caller) -> Result<(), Failure> {
        let ended = self
            .uow
            .run(async |tx| {
                self.revoke(tx, caller.user, Which::All(caller.user), RevocationReason::LoggedOut).await
            })
            .await?;
        self.shut(&ended).await;
        Ok(())
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// `platform.not_found` if it is not theirs, or has ended.
    pub async fn end(&self, caller: &Caller, session: SessionId) -> Result<(), Failure> {
        let ended = self
            .uow
            .run(async |tx| {
                let which = Which::One(caller.user, session);
                self.revoke(tx, caller.user, which, RevocationReason::LoggedOut).await
            })
            .await?;
        if ended.is_empty() {
            return Err(platform::NOT_FOUND.into());
        }
        self.shut(&ended).await;
        Ok(())
    }

    /// Ends sessions within a change; [`Self::shut`] has to follow when it is committed.
    pub(super) async fn revoke(
        &self,
        tx: &mut Tx,
        user: UserId,
        which: Which,
        reason: RevocationReason,
    ) -> Result<Vec<SessionId>, Failure> {
        let now = self.clock.now();
        let session_ids = self.sessions.revoke(tx, which, now, self.mint.last_access(now)).await?;
        if !session_ids.is_empty() {
            let detail = format!("{}: {}", reason.name(), session_ids.len());
            let kind = SecurityEventKind::SessionsEnded;
            self.log.record(tx, kind, Doer::default(), Some(user), Some(detail)).await?;
            tx.publish(&SessionsRevoked { user_id: user, session_ids: session_ids.clone(), reason })?;
        }
        Ok(session_ids)
    }

    /// Refuses access tokens of ended sessions: here at once, elsewhere as soon as they hear it.
    pub(super) async fn shut(&self, ended: &[SessionId]) {
        let until = self.mint.last_access(self.clock.now());
        let revoked: Vec<_> = ended.iter().map(|session| Revoked { session: *session, until }).collect();
        self.doors.gate.close(&revoked);
        if !revoked.is_empty() {
            self.doors.others.announce(&revoked).await;
        }
    }

    /// Whether a refresh token would be honoured.
    pub(super) async fn is_alive(&self, token: &str) -> Result<bool, Failure> {
        let Some(fingerprint) = self.mint.fingerprint(token) else { return Ok(false) };
        let now = self.clock.now();
        let known = self.uow.run(async |tx| Ok(self.sessions.find_token(tx, &fingerprint).await?)).await?;
        Ok(known.is_some_and(|known| {
            let presented = known.session.presented(known.number, now);
            matches!(presented, Presented::Rotate | Presented::Repeat | Presented::Replace)
        }))
    }

    /// What a client gets.
    pub(super) fn tokens(&self, grant: Grant) -> Result<Tokens, Failure> {
        self.mint.pair(grant)
    }
}

fn grant(account: &Account, session: &LoginSession, refresh_token: String, first_login: bool) -> Grant {
    Grant {
        user: account.id,
        session: session.id,
        roles: if account.is_admin { vec![Role::Admin] } else { Vec::new() },
        refresh_token,
        refresh_expires_at: session.refresh_expires_at,
        first_login,
        profile_complete: account.is_complete(),
    }
}
