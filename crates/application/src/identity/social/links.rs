//! Which subjects of which providers open which accounts.

use std::sync::Arc;

use madang_domain::{
    identity::{
        security_event::SecurityEventKind,
        social::{ProviderPerson, Subject},
    },
    shared::{Failure, UserId},
};

use super::{
    Secrecy,
    ports::{Consented, Linked, SealedToken, SocialRepository, WaysIn},
};
use crate::{
    identity::{Doer, SecurityLog},
    shared::{Clock, Tx},
};

/// Makes and ends links, and writes down that it did.
pub struct Links {
    social: Arc<dyn SocialRepository>,
    secrecy: Arc<Secrecy>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

impl Links {
    /// Wires it.
    pub fn new(
        social: Arc<dyn SocialRepository>,
        secrecy: Arc<Secrecy>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { social, secrecy, log, clock }
    }

    /// Whose account a subject opens.
    pub(super) async fn owner(&self, tx: &mut Tx, subject: &Subject) -> Result<Option<UserId>, Failure> {
        Ok(self.social.find(tx, subject).await?.map(|login| login.user))
    }

    /// How an account can be opened.
    pub(super) async fn ways_in(&self, tx: &mut Tx, user: UserId) -> Result<WaysIn, Failure> {
        Ok(self.social.ways_in(tx, user).await?)
    }

    /// Lets a subject open an account; `kind` is what this is about.
    pub(super) async fn make(
        &self,
        tx: &mut Tx,
        user: UserId,
        person: &ProviderPerson,
        kind: SecurityEventKind,
        doer: Doer,
    ) -> Result<Linked, Failure> {
        let linked = self.social.link(tx, user, person, self.clock.now()).await?;
        if linked == Linked::Done {
            self.record(tx, kind, doer, user, &person.subject.provider).await?;
        }
        Ok(linked)
    }

    /// Remembers what a provider told and gave at a login, and that the link is alive.
    pub(super) async fn seen(
        &self,
        tx: &mut Tx,
        Consented { person, token }: &Consented,
    ) -> Result<(), Failure> {
        let token = match token {
            Some(token) => Some(SealedToken { sealed: self.secrecy.seal(token)?, lasts: token.lasts }),
            None => None,
        };
        Ok(self.social.seen(tx, person, token.as_ref(), self.clock.now()).await?)
    }

    /// Forgets a link for good.
    pub(super) async fn end(
        &self,
        tx: &mut Tx,
        user: UserId,
        provider: &str,
        doer: Doer,
    ) -> Result<(), Failure> {
        self.social.unlink(tx, user, provider).await?;
        self.record(tx, SecurityEventKind::ProviderUnlinked, doer, user, provider).await
    }

    /// Lets a link sleep until the person consents again.
    pub(super) async fn suspend(&self, tx: &mut Tx, user: UserId, subject: &Subject) -> Result<(), Failure> {
        self.social.suspend(tx, subject, self.clock.now()).await?;
        let kind = SecurityEventKind::ProviderUnlinked;
        self.record(tx, kind, Doer::default(), user, &subject.provider).await
    }

    async fn record(
        &self,
        tx: &mut Tx,
        kind: SecurityEventKind,
        doer: Doer,
        user: UserId,
        provider: &str,
    ) -> Result<(), Failure> {
        self.log.record(tx, kind, doer, Some(user), Some(provider.to_owned())).await
    }
}
