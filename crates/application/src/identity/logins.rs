//! Logging in with an e-mail address and a password; [`super::social`] has the other ways.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Email, Password, Status,
        errors::{ALREADY_LOGGED_IN, BAD_CREDENTIALS, SUSPENDED},
        security_event::SecurityEventKind,
    },
    shared::{Failure, UserId},
};

use super::{
    Doer, LoginThrottle, SecurityLog, SessionService, Tokens,
    ports::{AccountRepository, Credentials, PasswordHasher, Verdict},
};
use crate::shared::{Origin, UnitOfWork};

/// Who wants to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The address as typed; one that cannot exist is treated like an unknown one.
    pub email: Option<Email>,
    /// The password.
    pub password: Password,
    /// A refresh token that came along, which must not be alive.
    pub at_hand: Option<String>,
}

/// Lets in whoever knows the password.
pub struct LoginService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    credentials: Arc<dyn Credentials>,
    hasher: Arc<dyn PasswordHasher>,
    throttle: Arc<LoginThrottle>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
}

impl LoginService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        credentials: Arc<dyn Credentials>,
        hasher: Arc<dyn PasswordHasher>,
        throttle: Arc<LoginThrottle>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
    ) -> Self {
        Self { uow, accounts, credentials, hasher, throttle, sessions, log }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// `identity.bad_credentials`, `identity.suspended`, `identity.already_logged_in`,
    /// `identity.too_many_attempts`, `identity.hashing_busy`.
    pub async fn log_in(&self, origin: &Origin, login: &Login) -> Result<Tokens, Failure> {
        if let Some(token) = &login.at_hand
            && self.sessions.is_alive(token).await?
        {
            return Err(ALREADY_LOGGED_IN.into());
        }
        let name = login.email.as_ref().map(Email::normal).unwrap_or_default();
        self.throttle.check(&name, origin.address)?;
        let credential = match &login.email {
            Some(email) => self.credentials.by_email(email).await?,
            None => None,
        };
        let stored = credential.as_ref().and_then(|credential| credential.password_hash.clone());
        let verdict = self.hasher.verify(&login.password, stored.as_deref()).await?;
        let known = credential.clone();
        let Some(credential) = credential.filter(|_| verdict != Verdict::Wrong) else {
            let subject = known.map(|credential| credential.user);
            self.count_failure(&name, origin, subject).await?;
            return Err(BAD_CREDENTIALS.into());
        };
        if credential.status == Status::Suspended {
            return Err(SUSPENDED.into());
        }
        let stronger = match verdict {
            Verdict::RightButWeak => Some(self.hasher.hash(&login.password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        let grant = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                // The password may have changed, or the account ended, while we were hashing.
                let account = self.accounts.find(tx, credential.user).await?.ok_or(BAD_CREDENTIALS)?;
                let hash = self.accounts.password_hash(tx, credential.user).await?;
                if hash != stored || account.status == Status::Suspended {
                    return Err(BAD_CREDENTIALS.into());
                }
                if let Some(stronger) = &stronger {
                    self.accounts.set_password_hash(tx, account.id, stronger).await?;
                }
                self.sessions.begin(tx, &account, origin).await
            })
            .await?;
        self.sessions.tokens(grant)
    }

    /// Counts a wrong guess. The one that uses the budget up leaves a trace.
    async fn count_failure(
        &self,
        name: &str,
        origin: &Origin,
        subject: Option<UserId>,
    ) -> Result<(), Failure> {
        let counted = self.throttle.failed(name, origin.address).await;
        if counted.is_err() {
            let doer = Doer { user: None, address: Some(origin.address) };
            let kind = SecurityEventKind::GuessingStopped;
            self.uow.run(async |tx| self.log.record(tx, kind, doer, subject, None).await).await?;
        }
        counted
    }
}
