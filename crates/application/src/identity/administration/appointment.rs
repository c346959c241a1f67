//! Making people operators of the service.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Email, Nickname, Password, domain_events::UserSignedUp, errors::NICKNAME_TAKEN,
        security_event::SecurityEventKind,
    },
    shared::{Failure, Text, UserId, platform},
};

use super::saved;
use crate::{
    identity::{
        Doer, Passwords, SecurityLog,
        ports::{AccountRepository, Written},
        social::ports::SocialRepository,
    },
    shared::{Clock, Tx, UnitOfWork, new_id},
};

/// Makes operators.
pub struct AppointmentService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    social: Arc<dyn SocialRepository>,
    passwords: Arc<Passwords>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

/// What became of [`AppointmentService::make_admin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeAdmin {
    /// A new account.
    New(UserId),
    /// An account that was there; its password is what it was.
    Promoted(UserId),
}

impl AppointmentService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        social: Arc<dyn SocialRepository>,
        passwords: Arc<Passwords>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, social, passwords, log, clock }
    }

    /// Makes an account that operates the service, or lets an existing one do so. For the command
    /// line, whose user has the database anyway; there is no way here over HTTP.
    ///
    /// # Errors
    /// The password rules by field, `identity.nickname_taken`.
    pub async fn make_admin(
        &self,
        email: &Email,
        nickname: Option<&Nickname>,
        password: &Password,
    ) -> Result<MadeAdmin, Failure> {
        let names = nickname.map_or("", Nickname::as_str);
        let faults = self.passwords.faults(password, email.as_str(), names, "/password");
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        self.passwords.refuse_leaked(password, "/password").await?;
        let hash = self.passwords.hash(password).await?;
        for wanted in names_for(nickname) {
            match self.appoint(email, &wanted, &hash).await {
                Err(taken) if taken.code() == NICKNAME_TAKEN && nickname.is_none() => {}
                made => return made,
            }
        }
        Err(NICKNAME_TAKEN.into())
    }

    async fn appoint(&self, email: &Email, nickname: &Nickname, hash: &str) -> Result<MadeAdmin, Failure> {
        self.uow
            .run(async |tx| {
                let made = match self.social.holder(tx, email).await? {
                    Some(holder) => {
                        let mut account =
                            self.accounts.find(tx, holder.user).await?.ok_or(platform::STALE)?;
                        account.is_admin = true;
                        saved(self.accounts.save(tx, &account).await?)?;
                        MadeAdmin::Promoted(account.id)
                    }
                    None => MadeAdmin::New(self.add_admin(tx, email, nickname, hash).await?),
                };
                let (MadeAdmin::New(user) | MadeAdmin::Promoted(user)) = made;
                let kind = SecurityEventKind::AdminGranted;
                self.log.record(tx, kind, Doer::default(), Some(user), None).await?;
                Ok(made)
            })
            .await
    }

    async fn add_admin(
        &self,
        tx: &mut Tx,
        email: &Email,
        nickname: &Nickname,
        hash: &str,
    ) -> Result<UserId, Failure> {
        let now = self.clock.now();
        let mut account = Account::new(new_id(), email.clone(), nickname.clone(), now);
        account.is_admin = true;
        account.email_verified_at = Some(now);
        match self.accounts.insert(tx, &account, hash).await? {
            Written::Done => {}
            Written::NicknameTaken => return Err(NICKNAME_TAKEN.into()),
            Written::EmailTaken | Written::PhoneTaken | Written::Stale => return Err(platform::STALE.into()),
        }
        tx.publish(&UserSignedUp {
            user_id: account.id,
            nickname: account.nickname.to_string(),
            time_zone: account.preferences.time_zone.to_string(),
            locale: account.preferences.locale.to_string(),
        })?;
        Ok(account.id)
    }
}

/// The nickname asked for, or "admin", "admin2", "admin3", … of which the first free one is taken.
fn names_for(nickname: Option<&Nickname>) -> Vec<Nickname> {
    if let Some(nickname) = nickname {
        return vec![nickname.clone()];
    }
    let numbered = (2..1000).map(|number| format!("admin{number}"));
    let names = std::iter::once("admin".to_owned()).chain(numbered);
    names.filter_map(|name| Nickname::parse(&name).ok()).collect()
}
