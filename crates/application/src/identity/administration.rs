//! Use cases of those who operate the service.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Email, Nickname, Password, Status,
        domain_events::{RevocationReason, UserReactivated, UserSignedUp, UserSuspended},
        errors::{NICKNAME_TAKEN, OWN_ACCOUNT},
        security_event::SecurityEventKind,
    },
    shared::{Failure, Page, PageRequest, Text, UserId, platform},
};

use super::{
    Doer, Passwords, RecordedEvent, SecurityEventQueries, SecurityLog, SessionService,
    ports::{AccountRepository, Which, Written},
    queries::{AdminQueries, AdminUserView, UserFilter},
    social::ports::SocialRepository,
};
use crate::shared::{Caller, Clock, UnitOfWork, new_id};

/// Why an account is suspended, in the words of whoever does it.
pub const LONGEST_REASON: usize = 500;

/// Suspends people and lets them in again, and shows who did what.
pub struct AdministrationService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    social: Arc<dyn SocialRepository>,
    passwords: Arc<Passwords>,
    sessions: Arc<SessionService>,
    queries: Arc<dyn AdminQueries>,
    events: Arc<dyn SecurityEventQueries>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

/// What became of [`AdministrationService::make_admin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeAdmin {
    /// A new account.
    New(UserId),
    /// An account that was there; its password is what it was.
    Promoted(UserId),
}

impl AdministrationService {
    /// Wires it.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        social: Arc<dyn SocialRepository>,
        passwords: Arc<Passwords>,
        sessions: Arc<SessionService>,
        queries: Arc<dyn AdminQueries>,
        events: Arc<dyn SecurityEventQueries>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, social, passwords, sessions, queries, events, log, clock }
    }

    /// Accounts, the newest first.
    ///
    /// # Errors
    /// `platform.forbidden` unless the caller operates the service.
    pub async fn users(
        &self,
        caller: &Caller,
        filter: &UserFilter,
        request: &PageRequest,
    ) -> Result<Page<AdminUserView>, Failure> {
        allow(caller)?;
        Ok(self.queries.users(filter, request).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`.
    pub async fn user(&self, caller: &Caller, user: UserId) -> Result<AdminUserView, Failure> {
        allow(caller)?;
        Ok(self.queries.user(user).await?.ok_or(platform::NOT_FOUND)?)
    }

    /// The log, the latest first.
    ///
    /// # Errors
    /// `platform.forbidden`.
    pub async fn log(
        &self,
        caller: &Caller,
        subject: Option<UserId>,
        kind: Option<SecurityEventKind>,
        request: &PageRequest,
    ) -> Result<Page<RecordedEvent>, Failure> {
        allow(caller)?;
        Ok(self.events.events(subject, kind, request).await?)
    }

    /// Shuts somebody out: every session ends, and logins are refused. To suspend somebody who is
    /// suspended changes nothing.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`, `identity.own_account`.
    pub async fn suspend(&self, caller: &Caller, user: UserId, reason: Option<&str>) -> Result<(), Failure> {
        allow(caller)?;
        if caller.user == user {
            return Err(OWN_ACCOUNT.into());
        }
        let ended = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                // Sessions before the account: whoever locks both does it in this order. And once
                // more, for a login that was under way and had the account.
                let all = Which::All(user);
                let mut ended = self.sessions.revoke(tx, user, all, RevocationReason::Suspended).await?;
                let mut account = self.accounts.find(tx, user).await?.ok_or(platform::NOT_FOUND)?;
                if account.status == Status::Suspended {
                    return Ok(ended);
                }
                account.status = Status::Suspended;
                saved(self.accounts.save(tx, &account).await?)?;
                ended.extend(self.sessions.revoke(tx, user, all, RevocationReason::Suspended).await?);
                tx.publish(&UserSuspended { user_id: user })?;
                let (kind, detail) = (SecurityEventKind::Suspended, reason.map(str::to_owned));
                self.log.record(tx, kind, caller.into(), Some(user), detail).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }

    /// Lets somebody in again. To reactivate somebody who is not suspended changes nothing.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`.
    pub async fn reactivate(&self, caller: &Caller, user: UserId) -> Result<(), Failure> {
        allow(caller)?;
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let mut account = self.accounts.find(tx, user).await?.ok_or(platform::NOT_FOUND)?;
                if account.status == Status::Active {
                    return Ok(());
                }
                account.status = Status::Active;
                saved(self.accounts.save(tx, &account).await?)?;
                tx.publish(&UserReactivated { user_id: user })?;
                self.log.record(tx, SecurityEventKind::Reactivated, caller.into(), Some(user), None).await
            })
            .await
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
                    None => MadeAdmin::New(self.add_admin(tx, email, nickname, &hash).await?),
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
        tx: &mut crate::shared::Tx,
        email: &Email,
        nickname: Option<&Nickname>,
        hash: &str,
    ) -> Result<UserId, Failure> {
        let wanted = nickname.cloned().or_else(|| Nickname::parse("admin").ok()).ok_or(NICKNAME_TAKEN)?;
        let now = self.clock.now();
        let mut account = Account::new(new_id(), email.clone(), wanted, now);
        account.is_admin = true;
        account.email_verified_at = Some(now);
        match self.accounts.insert(tx, &account, hash).await? {
            Written::Done => {}
            Written::NicknameTaken => return Err(NICKNAME_TAKEN.into()),
            Written::EmailTaken | Written::Stale => return Err(platform::STALE.into()),
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

/// Whether the caller operates the service.
fn allow(caller: &Caller) -> Result<(), Failure> {
    if caller.is_admin() { Ok(()) } else { Err(platform::FORBIDDEN.into()) }
}

fn saved(written: Written) -> Result<(), Failure> {
    if written == Written::Done { Ok(()) } else { Err(platform::STALE.into()) }
}
