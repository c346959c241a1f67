//! Whose an e-mail address is: whoever proved to read its mail.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Email, challenge::Purpose, domain_events::RevocationReason, errors::VERIFICATION_TOKEN_INVALID,
        security_event::SecurityEventKind, social::Holder,
    },
    shared::{Failure, SessionId, UserId},
};

use super::saved;
use crate::{
    identity::{
        Challenges, Doer, SecurityLog, SessionService,
        ports::{AccountRepository, Which},
        social::ports::SocialRepository,
    },
    shared::{Caller, Clock, Tx},
};

/// Gives addresses to those who proved them, and takes them from those who only stated them: else a
/// stranger could sign up with somebody's address first and lie in wait.
pub struct Addresses {
    social: Arc<dyn SocialRepository>,
    challenges: Arc<Challenges>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
    accounts: Arc<dyn AccountRepository>,
    clock: Arc<dyn Clock>,
}

impl Addresses {
    /// Wires it.
    pub fn new(
        social: Arc<dyn SocialRepository>,
        challenges: Arc<Challenges>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
        accounts: Arc<dyn AccountRepository>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { social, challenges, sessions, log, accounts, clock }
    }

    /// Which account holds the address, proven or not.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn holder(&self, tx: &mut Tx, email: &Email) -> Result<Option<Holder>, Failure> {
        Ok(self.social.holder(tx, email).await?)
    }

    /// Uses up the proof of an address, and takes the address from an account that holds it without
    /// one; that account loses its password and its sessions, which are answered. Who proved it
    /// keeps it.
    ///
    /// # Errors
    /// `identity.verification_token_invalid` at `pointer`.
    pub async fn take(
        &self,
        tx: &mut Tx,
        email: &Email,
        proof: &str,
        pointer: &str,
    ) -> Result<Vec<SessionId>, Failure> {
        if !self.challenges.redeem(tx, Purpose::Email, &email.normal(), proof).await? {
            return Err(VERIFICATION_TOKEN_INVALID.at(pointer).into());
        }
        match self.social.holder(tx, email).await?.filter(|holder| !holder.proven) {
            Some(holder) => self.dispossess(tx, holder.user, None).await,
            None => Ok(Vec::new()),
        }
    }

    /// Notes that the caller proved an address, if it is their account's and was not proven before.
    /// Answers the sessions of others that this ended.
    ///
    /// # Errors
    /// Only if something breaks.
    pub(super) async fn prove(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        email: &Email,
    ) -> Result<Vec<SessionId>, Failure> {
        if let Some(mut account) = self.accounts.find(tx, caller.user).await?
            && account.email.normal() == email.normal()
            && account.email_verified_at.is_none()
            && let Some(ended) = self.possess(tx, caller.user, email).await?
        {
            account.email_verified_at = Some(self.clock.now());
            saved(self.accounts.save(tx, &account).await?)?;
            let kind = SecurityEventKind::EmailVerified;
            self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
            return Ok(ended);
        }
        Ok(Vec::new())
    }

    /// Gives the address to the account that proved it, even if it came from a provider whose word
    /// proves nothing, and whoever else stated it. Answers the sessions this ended; `None` if it is
    /// another account's, proven.
    async fn possess(
        &self,
        tx: &mut Tx,
        user: UserId,
        email: &Email,
    ) -> Result<Option<Vec<SessionId>>, Failure> {
        let mut ended = Vec::new();
        if let Some(holder) = self.social.holder(tx, email).await?.filter(|holder| holder.user != user) {
            if holder.proven {
                return Ok(None);
            }
            ended = self.dispossess(tx, holder.user, None).await?;
        }
        self.social.possess(tx, user, email).await?;
        Ok(Some(ended))
    }

    /// Takes the address from an account that never proved it, and with it its password and its
    /// sessions, which are answered. `provider` is who proved another one to be the owner, if it was
    /// a provider.
    pub(in crate::identity) async fn dispossess(
        &self,
        tx: &mut Tx,
        loser: UserId,
        provider: Option<&str>,
    ) -> Result<Vec<SessionId>, Failure> {
        let reason = RevocationReason::AddressLost;
        let ended = self.sessions.revoke(tx, loser, Which::All(loser), reason).await?;
        self.social.dispossess(tx, loser).await?;
        let (kind, detail) = (SecurityEventKind::AddressLost, provider.map(str::to_owned));
        self.log.record(tx, kind, Doer::default(), Some(loser), detail).await?;
        Ok(ended)
    }

    /// After the commit: lets nobody in with these sessions any more.
    pub async fn shut(&self, ended: &[SessionId]) {
        self.sessions.shut(ended).await;
    }
}
