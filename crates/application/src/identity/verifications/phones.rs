//! Whose a phone number is: whoever proved to read its messages.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Phone,
        domain_events::{ProfileChanged, RevocationReason},
        errors::SESSION_ENDED,
        security_event::SecurityEventKind,
    },
    shared::{Failure, SessionId, UserId},
};

use crate::{
    identity::{
        SecurityLog, SessionService,
        ports::{AccountRepository, Which, written},
    },
    shared::{Caller, Clock, Tx},
};

/// Gives numbers to those who proved them.
pub struct Phones {
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

impl Phones {
    /// Wires it.
    pub fn new(
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { accounts, sessions, log, clock }
    }

    /// Who proved that the number is theirs.
    ///
    /// # Errors
    /// Only if something breaks.
    pub(super) async fn owner(&self, tx: &mut Tx, phone: &Phone) -> Result<Option<UserId>, Failure> {
        Ok(self.accounts.owner_of(tx, phone).await?)
    }

    /// Makes a number the caller's own. Where it replaces another proven one, their other sessions
    /// end, which are answered.
    ///
    /// # Errors
    /// `identity.phone_taken` if another account proved it, `identity.session_ended` if the account is gone.
    pub(super) async fn possess(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        phone: &Phone,
        replaces: bool,
    ) -> Result<Vec<SessionId>, Failure> {
        // Sessions before the account: whoever locks both does it in this order.
        let ended = if replaces {
            let others = Which::Others(caller.user, caller.session);
            self.sessions.revoke(tx, caller.user, others, RevocationReason::PhoneChanged).await?
        } else {
            Vec::new()
        };
        let mut account = self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
        account.profile.phone = Some(phone.clone());
        account.phone_verified_at = Some(self.clock.now());
        written(self.accounts.save(tx, &account).await?)?;
        let kind = SecurityEventKind::PhoneVerified;
        self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
        tx.publish(&ProfileChanged { user_id: caller.user, nickname: account.nickname.to_string() })?;
        Ok(ended)
    }

    /// After the commit: lets nobody in with these sessions any more.
    pub(super) async fn shut(&self, ended: &[SessionId]) {
        self.sessions.shut(ended).await;
    }
}
