//! Leaving for good.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Password,
        domain_events::{RevocationReason, UserErased},
        errors::SESSION_ENDED,
        security_event::SecurityEventKind,
    },
    shared::{Failure, platform},
};

use super::{
    Doer, Passwords, SecurityLog, SessionService,
    ports::{AccountRepository, Which},
    social::Farewell,
};
use crate::shared::{Caller, UnitOfWork};

/// Erases accounts.
pub struct WithdrawalService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    passwords: Arc<Passwords>,
    sessions: Arc<SessionService>,
    farewell: Arc<Farewell>,
    log: Arc<SecurityLog>,
}

impl WithdrawalService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        passwords: Arc<Passwords>,
        sessions: Arc<SessionService>,
        farewell: Arc<Farewell>,
        log: Arc<SecurityLog>,
    ) -> Self {
        Self { uow, accounts, passwords, sessions, farewell, log }
    }

    /// Erases the caller's account at once and for good.
    ///
    /// # Errors
    /// `identity.password_wrong` by field if the account has a password and this is not it.
    pub async fn withdraw(
        &self,
        caller: &Caller,
        password: Option<&Password>,
        check: impl Fn(i64) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let credential = self.passwords.of(caller).await?;
        if credential.password_hash.is_some() {
            let password = password.ok_or_else(|| platform::REQUIRED.at("/password"))?;
            self.passwords.prove(caller, &credential, password, "/password").await?;
        }
        let ended = self
            .uow
            .run(async |tx| {
                let all = Which::All(caller.user);
                let mut ended = self.sessions.revoke(tx, caller.user, all, RevocationReason::Erased).await?;
                // Once more with the account in hand, for a login that had it until now.
                let account = self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
                check(account.version)?;
                ended.extend(self.sessions.revoke(tx, caller.user, all, RevocationReason::Erased).await?);
                self.farewell.say(tx, caller.user, None).await?;
                self.accounts.erase(tx, caller.user).await?;
                let doer = Doer { user: Some(caller.user), address: None };
                self.log.record(tx, SecurityEventKind::Withdrew, doer, Some(caller.user), None).await?;
                tx.publish(&UserErased { user_id: caller.user })?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}
