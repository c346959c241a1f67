//! Cutting links: by their owner, or by the provider.

use std::sync::Arc;

use madang_domain::{
    identity::{
        domain_events::RevocationReason,
        errors::{LAST_WAY_IN, OAUTH_SIGNATURE_INVALID, SESSION_ENDED},
        security_event::SecurityEventKind,
        social::Subject,
    },
    shared::{Failure, platform},
};

use super::{
    Farewell,
    ports::{Notice, Providers, SocialRepository},
};
use crate::{
    identity::{
        Doer, SecurityLog, SessionService,
        ports::{AccountRepository, Which},
    },
    shared::{Caller, Clock, UnitOfWork},
};

/// Ends connections to providers.
pub struct WaysService {
    uow: Arc<UnitOfWork>,
    providers: Arc<dyn Providers>,
    social: Arc<dyn SocialRepository>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    farewell: Arc<Farewell>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

impl WaysService {
    /// Wires it.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        providers: Arc<dyn Providers>,
        social: Arc<dyn SocialRepository>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        farewell: Arc<Farewell>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, providers, social, accounts, sessions, farewell, log, clock }
    }

    /// Cuts the caller's link to a provider and ends their other sessions, of which any may have
    /// come in that way. The provider hears of it in its own time.
    ///
    /// # Errors
    /// `platform.not_found` if there is none, `identity.last_way_in`.
    pub async fn unlink(&self, caller: &Caller, provider: &str) -> Result<(), Failure> {
        let ended = self
            .uow
            .run(async |tx| {
                // Sessions before the account: whoever locks both does it in this order.
                let others = Which::Others(caller.user, caller.session);
                let reason = RevocationReason::Unlinked;
                let ended = self.sessions.revoke(tx, caller.user, others, reason).await?;
                self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
                let ways = self.social.ways_in(tx, caller.user).await?;
                if !ways.providers.iter().any(|way| way == provider) {
                    return Err(platform::NOT_FOUND.into());
                }
                if !ways.password && ways.providers.len() == 1 {
                    return Err(LAST_WAY_IN.into());
                }
                self.farewell.say(tx, caller.user, Some(provider)).await?;
                self.social.unlink(tx, caller.user, provider).await?;
                let (kind, detail) = (SecurityEventKind::ProviderUnlinked, Some(provider.to_owned()));
                self.log.record(tx, kind, caller.into(), Some(caller.user), detail).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }

    /// Honours a provider's message that people ended the connection there. Somebody we do not know
    /// is as good as unlinked.
    ///
    /// # Errors
    /// `platform.not_found` for a provider we do not have, `identity.oauth_signature_invalid` if
    /// the message is not the provider's.
    pub async fn notified(&self, provider: &str, notice: &Notice) -> Result<(), Failure> {
        if !self.providers.list().iter().any(|known| known.name == provider) {
            return Err(platform::NOT_FOUND.into());
        }
        let subjects = self.providers.unlinked(provider, notice).await?.ok_or(OAUTH_SIGNATURE_INVALID)?;
        for subject in &subjects {
            self.cut(subject).await?;
        }
        Ok(())
    }

    /// The only way in stays, asleep: consent wakes it up, and nobody loses an account by a click
    /// in another service.
    pub(super) async fn cut(&self, subject: &Subject) -> Result<(), Failure> {
        let ended = self
            .uow
            .run(async |tx| {
                let Some(login) = self.social.find(tx, subject).await? else { return Ok(Vec::new()) };
                let all = Which::All(login.user);
                let ended = self.sessions.revoke(tx, login.user, all, RevocationReason::Unlinked).await?;
                if self.accounts.find(tx, login.user).await?.is_none() {
                    return Ok(ended);
                }
                let ways = self.social.ways_in(tx, login.user).await?;
                let others = ways.providers.iter().any(|way| *way != subject.provider);
                if ways.password || others {
                    self.social.unlink(tx, login.user, &subject.provider).await?;
                } else {
                    self.social.suspend(tx, subject, self.clock.now()).await?;
                }
                let (kind, detail) = (SecurityEventKind::ProviderUnlinked, Some(subject.provider.clone()));
                self.log.record(tx, kind, Doer::default(), Some(login.user), detail).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}
