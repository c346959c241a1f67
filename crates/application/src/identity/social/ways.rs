//! The ways into an account, for its owner.

use std::sync::Arc;

use madang_domain::{
    identity::{
        domain_events::RevocationReason,
        errors::{LAST_WAY_IN, SESSION_ENDED},
    },
    shared::{Failure, Page, PageRequest, Position, platform},
};

use uuid::Uuid;

use super::{Farewell, IdentityView, Links, ports::SocialQueries};
use crate::{
    identity::{
        SessionService,
        ports::{AccountRepository, Which},
    },
    shared::{Caller, UnitOfWork},
};

/// Shows an owner their links, and cuts them.
pub struct WaysService {
    uow: Arc<UnitOfWork>,
    queries: Arc<dyn SocialQueries>,
    links: Arc<Links>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    farewell: Arc<Farewell>,
}

impl WaysService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        queries: Arc<dyn SocialQueries>,
        links: Arc<Links>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        farewell: Arc<Farewell>,
    ) -> Self {
        Self { uow, queries, links, accounts, sessions, farewell }
    }

    /// The providers of an account, in order of their names. There are never more than providers, so
    /// that they are all read for whatever page.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn identities(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<IdentityView>, Failure> {
        let mut links = self.queries.identities(caller.user).await?;
        if let Some(after) = page.after {
            links.retain(|link| name_order(&position(link)) > name_order(&after));
        }
        Ok(Page::cut(links, page, position))
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
                let ways = self.links.ways_in(tx, caller.user).await?;
                if !ways.providers.iter().any(|way| way == provider) {
                    return Err(platform::NOT_FOUND.into());
                }
                if !ways.password && ways.providers.len() == 1 {
                    return Err(LAST_WAY_IN.into());
                }
                self.farewell.say(tx, caller.user, Some(provider)).await?;
                self.links.end(tx, caller.user, provider, caller.into()).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}

/// How much of a provider's name orders it: all of it, as names are.
const NAME: usize = 24;

/// The beginning of the provider's name.
fn position(link: &IdentityView) -> Position {
    let mut name = [0; NAME];
    for (byte, of_name) in name.iter_mut().zip(link.provider.bytes()) {
        *byte = of_name;
    }
    let (id, key) = name.split_at(16);
    Position {
        key: key.iter().fold(0, |key, byte| (key << 8) | i64::from(*byte)),
        id: Uuid::from_slice(id).unwrap_or_default(),
    }
}

fn name_order(position: &Position) -> (Uuid, [u8; 8]) {
    (position.id, position.key.to_be_bytes())
}
