//! What becomes of an account whose owner came back with a code and a new password.

use std::sync::Arc;

use madang_domain::{
    identity::{domain_events::RevocationReason, errors::CODE_INVALID, security_event::SecurityEventKind},
    shared::{Failure, SessionId, UserId, platform},
};

use super::{
    Doer, SecurityLog, SessionService,
    passwords::tell_changed,
    ports::{AccountRepository, Which, Written},
    social::Farewell,
};
use crate::shared::{Clock, Origin, OutgoingMessages, Tx};

/// Puts a new password in the place of a forgotten one, and everybody out who came in before.
pub struct Replacement {
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    farewell: Arc<Farewell>,
    messages: Arc<dyn OutgoingMessages>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

impl Replacement {
    /// Wires it.
    pub fn new(
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        farewell: Arc<Farewell>,
        messages: Arc<dyn OutgoingMessages>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { accounts, sessions, farewell, messages, log, clock }
    }

    /// Replaces the password by this hash. Answers the sessions that ended.
    ///
    /// # Errors
    /// `identity.code_invalid` if the account is gone.
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        user: UserId,
        hash: &str,
    ) -> Result<Vec<SessionId>, Failure> {
        // Sessions before the account: whoever locks both does it in this order.
        let (all, reason) = (Which::All(user), RevocationReason::PasswordReset);
        let mut ended = self.sessions.revoke(tx, user, all, reason).await?;
        let mut account = self.accounts.find(tx, user).await?.ok_or(CODE_INVALID)?;
        self.accounts.set_password_hash(tx, account.id, hash).await?;
        // Whoever has the code reads the mail.
        if account.email_verified_at.is_none() {
            account.email_verified_at = Some(self.clock.now());
            // Until now it may have been a stranger's, who must not come in another way.
            self.farewell.leave_all(tx, account.id).await?;
            if self.accounts.save(tx, &account).await? != Written::Done {
                return Err(platform::STALE.into());
            }
        }
        // Once more, for a login with the old password that had the account until now.
        ended.extend(self.sessions.revoke(tx, user, all, reason).await?);
        tell_changed(&*self.messages, tx, &account).await?;
        let doer = Doer { user: None, address: Some(origin.address) };
        self.log.record(tx, SecurityEventKind::PasswordReset, doer, Some(account.id), None).await?;
        Ok(ended)
    }

    /// After the commit: lets nobody in with these sessions any more.
    pub(super) async fn shut(&self, ended: &[SessionId]) {
        self.sessions.shut(ended).await;
    }
}
