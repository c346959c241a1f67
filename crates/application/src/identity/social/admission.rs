//! Letting somebody in whom a provider knows.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Status,
        errors::{OAUTH_ALREADY_LINKED, OAUTH_IDENTITY_TAKEN, SESSION_ENDED, SUSPENDED},
        security_event::SecurityEventKind,
    },
    shared::{Failure, SessionId, platform},
};
use serde::{Deserialize, Serialize};

use super::{
    Links, Newcomers,
    ports::{Consented, Linked},
};
use crate::{
    identity::{Doer, Grant, SessionService, ports::AccountRepository},
    shared::{Caller, Origin, Tx, UnitOfWork},
};

/// What became of somebody whom a provider knows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Admitted {
    /// Their session.
    pub(super) grant: Grant,
    /// Sessions of somebody who lost the address.
    pub(super) ended: Vec<SessionId>,
}

/// Finds or makes the account of a subject, or links it, and begins a session.
pub struct Admission {
    uow: Arc<UnitOfWork>,
    links: Arc<Links>,
    newcomers: Arc<Newcomers>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
}

impl Admission {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        links: Arc<Links>,
        newcomers: Arc<Newcomers>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
    ) -> Self {
        Self { uow, links, newcomers, accounts, sessions }
    }

    /// The first answer to a repeated request.
    pub(super) async fn answered(&self, origin: &Origin) -> Result<Option<Grant>, Failure> {
        if origin.once.is_none() {
            return Ok(None);
        }
        // Nothing is done here: either somebody did it before, or the claim is given back.
        let found = self.uow.run_once(origin.once.as_ref(), async |_| Err(platform::STALE.into())).await;
        match found {
            Ok(Admitted { grant, .. }) => Ok(Some(grant)),
            Err(failure) if failure.code() == platform::STALE => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Lets somebody in, or links them to the caller.
    ///
    /// # Errors
    /// `identity.oauth_identity_taken`, `identity.oauth_already_linked`, `identity.suspended`, and
    /// those of [`Newcomers::make`].
    pub(super) async fn admit(
        &self,
        origin: &Origin,
        caller: Option<&Caller>,
        consented: &Consented,
    ) -> Result<Admitted, Failure> {
        /// Each lost round means that somebody else made the account or took the nickname.
        const ROUNDS: usize = 5;
        for _ in 1..ROUNDS {
            let done = self
                .uow
                .run_once(origin.once.as_ref(), async |tx| self.decide(tx, origin, caller, consented).await)
                .await;
            match done {
                Err(failure) if failure.code() == platform::STALE => {}
                done => return done,
            }
        }
        self.uow
            .run_once(origin.once.as_ref(), async |tx| self.decide(tx, origin, caller, consented).await)
            .await
    }

    async fn decide(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        caller: Option<&Caller>,
        consented: &Consented,
    ) -> Result<Admitted, Failure> {
        let person = &consented.person;
        let known = self.links.owner(tx, &person.subject).await?;
        let (user, ended) = match (caller.map(|caller| caller.user), known) {
            (Some(caller), Some(known)) if caller != known => return Err(OAUTH_IDENTITY_TAKEN.into()),
            (_, Some(known)) => (known, Vec::new()),
            (Some(caller), None) => {
                let (kind, doer) = (
                    SecurityEventKind::ProviderLinked,
                    Doer { user: Some(caller), address: Some(origin.address) },
                );
                if self.links.make(tx, caller, person, kind, doer).await? == Linked::Taken {
                    return Err(OAUTH_ALREADY_LINKED.into());
                }
                (caller, Vec::new())
            }
            (None, None) => self.newcomers.make(tx, origin, person).await?,
        };
        self.links.seen(tx, consented).await?;
        let account = self.accounts.find(tx, user).await?.ok_or(SESSION_ENDED)?;
        if account.status == Status::Suspended {
            return Err(SUSPENDED.into());
        }
        Ok(Admitted { grant: self.sessions.begin(tx, &account, origin).await?, ended })
    }
}
