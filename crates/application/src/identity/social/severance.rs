//! Links that end at the provider.

use std::sync::Arc;

use madang_domain::{
    identity::{domain_events::RevocationReason, errors::OAUTH_SIGNATURE_INVALID, social::Subject},
    shared::{Failure, platform},
};

use super::{
    Links,
    ports::{Notice, Providers},
};
use crate::{
    identity::{
        Doer, SessionService,
        ports::{AccountRepository, Which},
    },
    shared::UnitOfWork,
};

/// Honours that people ended a connection at a provider.
pub struct SeveranceService {
    uow: Arc<UnitOfWork>,
    providers: Arc<dyn Providers>,
    links: Arc<Links>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
}

impl SeveranceService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        providers: Arc<dyn Providers>,
        links: Arc<Links>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
    ) -> Self {
        Self { uow, providers, links, accounts, sessions }
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
                let Some(user) = self.links.owner(tx, subject).await? else { return Ok(Vec::new()) };
                let all = Which::All(user);
                let ended = self.sessions.revoke(tx, user, all, RevocationReason::Unlinked).await?;
                if self.accounts.find(tx, user).await?.is_none() {
                    return Ok(ended);
                }
                let ways = self.links.ways_in(tx, user).await?;
                let others = ways.providers.iter().any(|way| *way != subject.provider);
                if ways.password || others {
                    self.links.end(tx, user, &subject.provider, Doer::default()).await?;
                } else {
                    self.links.suspend(tx, user, subject).await?;
                }
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}
