//! Making the account of somebody whom a provider knows and we do not.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Email,
        domain_events::UserSignedUp,
        errors::{LINK_REQUIRED, OAUTH_EMAIL_MISSING},
        security_event::SecurityEventKind,
        social::{Claim, ProviderPerson, claim, nickname_for},
    },
    shared::{Failure, SessionId, UserId, platform},
};

use super::{
    Links, Secrecy,
    ports::{Linked, SocialRepository},
};
use crate::{
    identity::{Addresses, Doer, ports::Written},
    shared::{Clock, Origin, Tx, new_id},
};

/// Makes accounts without passwords.
pub struct Newcomers {
    social: Arc<dyn SocialRepository>,
    links: Arc<Links>,
    addresses: Arc<Addresses>,
    secrecy: Arc<Secrecy>,
    clock: Arc<dyn Clock>,
}

impl Newcomers {
    /// Wires it.
    pub fn new(
        social: Arc<dyn SocialRepository>,
        links: Arc<Links>,
        addresses: Arc<Addresses>,
        secrecy: Arc<Secrecy>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { social, links, addresses, secrecy, clock }
    }

    /// Makes the account of somebody who comes for the first time. Answers the sessions of whoever
    /// loses the address by it, too.
    ///
    /// # Errors
    /// `identity.oauth_email_missing`, `identity.link_required`; `platform.stale` to be tried again.
    pub(super) async fn make(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        person: &ProviderPerson,
    ) -> Result<(UserId, Vec<SessionId>), Failure> {
        let email = person.email.clone().ok_or(OAUTH_EMAIL_MISSING)?;
        let holder = self.social.holder(tx, &email).await?;
        let (owns_address, loser) = match claim(person, holder) {
            Claim::Own => (true, None),
            Claim::TakeFrom(loser) => (true, Some(loser)),
            Claim::Mention => (false, None),
            Claim::Refused => return Err(LINK_REQUIRED.into()),
        };
        let ended = match loser {
            Some(loser) => self.addresses.dispossess(tx, loser, Some(&person.subject.provider)).await?,
            None => Vec::new(),
        };
        let account = self.add(tx, person, email, owns_address).await?;
        let doer = Doer { user: Some(account.id), address: Some(origin.address) };
        let linked = self.links.make(tx, account.id, person, SecurityEventKind::SignedUp, doer).await?;
        if linked == Linked::Taken {
            // The same person came in through another tab at the same moment.
            return Err(platform::STALE.into());
        }
        tx.publish(&UserSignedUp {
            user_id: account.id,
            nickname: account.nickname.to_string(),
            time_zone: account.preferences.time_zone.to_string(),
            locale: account.preferences.locale.to_string(),
        })?;
        Ok((account.id, ended))
    }

    /// A name that is taken, or none that fits, never fails a login.
    async fn add(
        &self,
        tx: &mut Tx,
        person: &ProviderPerson,
        email: Email,
        owns_address: bool,
    ) -> Result<Account, Failure> {
        const ATTEMPTS: u32 = 20;
        let now = self.clock.now();
        let mut account = Account::new(new_id(), email, nickname_for(person.nickname.as_deref(), 0, 0), now);
        account.email_verified_at = owns_address.then_some(now);
        for attempt in 1..=ATTEMPTS {
            match self.social.add(tx, &account, &person.subject.provider, owns_address).await? {
                Written::Done => return Ok(account),
                Written::NicknameTaken => {
                    let chance = self.secrecy.chance();
                    account.nickname = nickname_for(person.nickname.as_deref(), attempt, chance);
                }
                Written::EmailTaken | Written::PhoneTaken | Written::Stale => {
                    return Err(platform::STALE.into());
                }
            }
        }
        Err(platform::STALE.into())
    }
}
