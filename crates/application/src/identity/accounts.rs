//! Use cases about people: signing up, changing what one tells, leaving.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Email, Nickname, Password, Preferences,
        account::Change,
        domain_events::{ProfileChanged, RevocationReason, UserErased, UserSignedUp},
        errors::{
            EMAIL_TAKEN, NICKNAME_TAKEN, NO_PASSWORD, PASSWORD_MISMATCH, PASSWORD_UNCHANGED, PASSWORD_WRONG,
        },
    },
    shared::{Failure, FieldError, UserId, platform},
};

use super::{
    IdentitySettings, LoginThrottle, SessionService,
    ports::{AccountRepository, Credential, Credentials, PasswordHasher, Verdict, Which, Written},
};
use crate::shared::{Caller, Clock, Origin, UnitOfWork, new_id};

/// Who wants an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Where mail goes.
    pub email: Email,
    /// The password.
    pub password: Password,
    /// The password again.
    pub password_confirmation: Password,
    /// How others will know the person.
    pub nickname: Nickname,
}

/// Changes accounts.
pub struct AccountService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    credentials: Arc<dyn Credentials>,
    hasher: Arc<dyn PasswordHasher>,
    throttle: Arc<LoginThrottle>,
    sessions: Arc<SessionService>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl AccountService {
    /// Wires it.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        credentials: Arc<dyn Credentials>,
        hasher: Arc<dyn PasswordHasher>,
        throttle: Arc<LoginThrottle>,
        sessions: Arc<SessionService>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, credentials, hasher, throttle, sessions, settings, clock }
    }

    /// Every rule a new password breaks, each pinned to `pointer`. The names are the e-mail
    /// address and the nickname as far as they are known, valid or not.
    pub fn password_faults(
        &self,
        password: &Password,
        email: &str,
        nickname: &str,
        pointer: &str,
    ) -> Vec<FieldError> {
        let name = email.split('@').next().unwrap_or_default();
        let broken = self.settings.password_policy.check(password, &[name, nickname]);
        broken.into_iter().map(|refusal| refusal.at(pointer)).collect()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// Password rules by field, `identity.email_taken`, `identity.nickname_taken`.
    pub async fn sign_up(&self, origin: &Origin, request: &SignUp) -> Result<UserId, Failure> {
        let (email, nickname) = (request.email.as_str(), request.nickname.as_str());
        let mut faults = self.password_faults(&request.password, email, nickname, "/password");
        if request.password != request.password_confirmation {
            faults.push(PASSWORD_MISMATCH.at("/passwordConfirmation"));
        }
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        let hash = self.hasher.hash(&request.password).await?;
        let account =
            Account::new(new_id(), request.email.clone(), request.nickname.clone(), self.clock.now());
        self.uow
            .run_once(origin.once.as_ref(), async |tx| {
                written(self.accounts.insert(tx, &account, &hash).await?)?;
                tx.publish(&UserSignedUp {
                    user_id: account.id,
                    nickname: account.nickname.to_string(),
                    time_zone: account.preferences.time_zone.to_string(),
                    locale: account.preferences.locale.to_string(),
                })?;
                Ok(account.id)
            })
            .await
    }

    /// Changes what the caller tells, if the account's version meets the precondition.
    ///
    /// # Errors
    /// `identity.nickname_taken`, `platform.precondition_failed`, `identity.session_ended`.
    pub async fn change(
        &self,
        caller: &Caller,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        change: Change,
    ) -> Result<(), Failure> {
        self.edit(caller.user, precondition, |account| account.apply(change)).await
    }

    /// Changes how the caller likes it, if the account's version meets the precondition.
    ///
    /// # Errors
    /// `platform.precondition_failed`, `identity.session_ended`.
    pub async fn prefer(
        &self,
        caller: &Caller,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        change: impl FnOnce(&mut Preferences) + Send,
    ) -> Result<(), Failure> {
        self.edit(caller.user, precondition, |account| {
            change(&mut account.preferences);
            false
        })
        .await
    }

    async fn edit(
        &self,
        user: UserId,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        edit: impl FnOnce(&mut Account) -> bool + Send,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let mut account = self.accounts.find(tx, user).await?.ok_or_else(gone)?;
                precondition(account.version)?;
                let before = account.clone();
                let visible = edit(&mut account);
                if account == before {
                    return Ok(());
                }
                written(self.accounts.save(tx, &account).await?)?;
                if visible {
                    tx.publish(&ProfileChanged { user_id: user, nickname: account.nickname.to_string() })?;
                }
                Ok(())
            })
            .await
    }

    /// Changes the caller's password and ends all their other sessions.
    ///
    /// # Errors
    /// `identity.password_wrong` and the password rules by field, `identity.no_password`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        email: &str,
        current: &Password,
        new: &Password,
    ) -> Result<(), Failure> {
        let credential = self.credential(caller).await?;
        let stored = credential.password_hash.as_deref().ok_or(NO_PASSWORD)?;
        self.prove(caller, &credential, current, "/currentPassword").await?;
        let mut faults = self.password_faults(new, email, credential.nickname.as_str(), "/newPassword");
        if new == current {
            faults.push(PASSWORD_UNCHANGED.at("/newPassword"));
        }
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        let hash = self.hasher.hash(new).await?;
        let ended = self
            .uow
            .run(async |tx| {
                // Sessions before the account: whoever locks both does it in this order.
                let others = Which::Others(caller.user, caller.session);
                let reason = RevocationReason::PasswordChanged;
                let ended = self.sessions.revoke(tx, caller.user, others, reason).await?;
                // Two changes at once: the second one proved a password that is no more.
                if self.accounts.password_hash(tx, caller.user).await?.as_deref() != Some(stored) {
                    return Err(platform::STALE.into());
                }
                self.accounts.set_password_hash(tx, caller.user, &hash).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }

    /// Erases the caller's account at once and for good.
    ///
    /// # Errors
    /// `identity.password_wrong` by field if the account has a password and this is not it.
    pub async fn withdraw(&self, caller: &Caller, password: Option<&Password>) -> Result<(), Failure> {
        let credential = self.credential(caller).await?;
        if credential.password_hash.is_some() {
            let password = password.ok_or_else(|| platform::REQUIRED.at("/password"))?;
            self.prove(caller, &credential, password, "/password").await?;
        }
        let ended = self
            .uow
            .run(async |tx| {
                let all = Which::All(caller.user);
                let ended = self.sessions.revoke(tx, caller.user, all, RevocationReason::Erased).await?;
                self.accounts.erase(tx, caller.user).await?;
                tx.publish(&UserErased { user_id: caller.user })?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }

    async fn credential(&self, caller: &Caller) -> Result<Credential, Failure> {
        self.credentials.of(caller.user).await?.ok_or_else(gone)
    }

    /// Somebody who found an unlocked phone must not guess the password here either.
    async fn prove(
        &self,
        caller: &Caller,
        credential: &Credential,
        password: &Password,
        pointer: &str,
    ) -> Result<(), Failure> {
        let (account, address) = (caller.user.to_string(), caller.origin.address);
        self.throttle.check(&account, address)?;
        let stored = credential.password_hash.as_deref();
        if self.hasher.verify(password, stored).await? == Verdict::Wrong {
            self.throttle.failed(&account, address).await?;
            return Err(PASSWORD_WRONG.at(pointer).into());
        }
        Ok(())
    }
}

/// The caller's account was erased while their access token was on its way.
fn gone() -> Failure {
    madang_domain::identity::errors::SESSION_ENDED.into()
}

fn written(written: Written) -> Result<(), Failure> {
    match written {
        Written::Done => Ok(()),
        Written::EmailTaken => Err(EMAIL_TAKEN.into()),
        Written::NicknameTaken => Err(NICKNAME_TAKEN.into()),
        Written::Stale => Err(platform::STALE.into()),
    }
}
