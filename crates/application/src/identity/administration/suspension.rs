//! Shutting people out, and letting them in again.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Status,
        domain_events::{RevocationReason, UserReactivated, UserSuspended},
        errors::OWN_ACCOUNT,
        security_event::SecurityEventKind,
    },
    shared::{Failure, UserId, platform},
};

use super::{allow, saved};
use crate::{
    identity::{
        SecurityLog, SessionService,
        ports::{AccountRepository, Which},
    },
    shared::{Absences, Caller, UnitOfWork},
};

/// Suspends and reactivates accounts.
pub struct SuspensionService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
    absences: Arc<dyn Absences>,
}

impl SuspensionService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
        absences: Arc<dyn Absences>,
    ) -> Self {
        Self { uow, accounts, sessions, log, absences }
    }

    /// Shuts somebody out: every session ends, and logins are refused. To suspend somebody who is
    /// suspended changes nothing.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`, `identity.own_account`.
    pub async fn suspend(&self, caller: &Caller, user: UserId, reason: Option<&str>) -> Result<(), Failure> {
        allow(caller)?;
        if caller.user == user {
            return Err(OWN_ACCOUNT.into());
        }
        let ended = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                // Sessions before the account: whoever locks both does it in this order. And once
                // more, for a login that was under way and had the account.
                let all = Which::All(user);
                let mut ended = self.sessions.revoke(tx, user, all, RevocationReason::Suspended).await?;
                let mut account = self.accounts.find(tx, user).await?.ok_or(platform::NOT_FOUND)?;
                if account.status == Status::Suspended {
                    return Ok(ended);
                }
                account.status = Status::Suspended;
                saved(self.accounts.save(tx, &account).await?)?;
                self.absences.changed(tx, user).await?;
                ended.extend(self.sessions.revoke(tx, user, all, RevocationReason::Suspended).await?);
                tx.publish(&UserSuspended { user_id: user })?;
                let (kind, detail) = (SecurityEventKind::Suspended, reason.map(str::to_owned));
                self.log.record(tx, kind, caller.into(), Some(user), detail).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }

    /// Lets somebody in again. To reactivate somebody who is not suspended changes nothing.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`.
    pub async fn reactivate(&self, caller: &Caller, user: UserId) -> Result<(), Failure> {
        allow(caller)?;
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let mut account = self.accounts.find(tx, user).await?.ok_or(platform::NOT_FOUND)?;
                if account.status == Status::Active {
                    return Ok(());
                }
                account.status = Status::Active;
                saved(self.accounts.save(tx, &account).await?)?;
                self.absences.changed(tx, user).await?;
                tx.publish(&UserReactivated { user_id: user })?;
                self.log.record(tx, SecurityEventKind::Reactivated, caller.into(), Some(user), None).await
            })
            .await
    }
}
