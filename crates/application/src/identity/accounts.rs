//! Use cases about people: signing up, changing what one tells, leaving.

use std::{sync::Arc, time::Duration};

use madang_domain::{
    identity::{
        Account, Avatar, Email, Nickname, Password, Preferences,
        account::Change,
        challenge::Purpose,
        domain_events::{ProfileChanged, RevocationReason, UserErased, UserSignedUp},
        errors::{
            EMAIL_TAKEN, EMAIL_UNVERIFIED, NICKNAME_TAKEN, NO_PASSWORD, PASSWORD_MISMATCH,
            PASSWORD_UNCHANGED, PASSWORD_WRONG, VERIFICATION_TOKEN_INVALID,
        },
        security_event::SecurityEventKind,
    },
    shared::{Failure, FieldError, PictureId, SessionId, UserId, platform},
};
use serde::{Deserialize, Serialize};

use super::{
    Challenges, Doer, IdentitySettings, LoginThrottle, SecurityLog, SessionService, letters,
    ports::{AccountRepository, Credential, Credentials, PasswordHasher, Verdict, Which, Written},
    social::{Farewell, ports::SocialRepository},
};
use crate::shared::{
    Caller, Clock, Language, Origin, Outgoing, OutgoingMessages, Pictures, Tx, UnitOfWork, new_id,
};

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
    /// The proof that the address is the person's own.
    pub email_proof: Option<String>,
}

/// Where the proof of an address is missing or wrong.
const PROOF: &str = "/emailVerificationToken";

/// Where the picture stands in a request.
const AVATAR: &str = "/avatarMediaId";

/// How long a notice is worth being sent.
const NOTICE_LIFE: Duration = Duration::from_hours(3 * 24);

/// A new account, and the sessions of whoever held its address without a proof.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    user: UserId,
    ended: Vec<SessionId>,
}

/// Changes accounts.
pub struct AccountService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    credentials: Arc<dyn Credentials>,
    hasher: Arc<dyn PasswordHasher>,
    throttle: Arc<LoginThrottle>,
    challenges: Arc<Challenges>,
    social: Arc<dyn SocialRepository>,
    messages: Arc<dyn OutgoingMessages>,
    sessions: Arc<SessionService>,
    farewell: Arc<Farewell>,
    log: Arc<SecurityLog>,
    pictures: Arc<dyn Pictures>,
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
        challenges: Arc<Challenges>,
        social: Arc<dyn SocialRepository>,
        messages: Arc<dyn OutgoingMessages>,
        sessions: Arc<SessionService>,
        farewell: Arc<Farewell>,
        log: Arc<SecurityLog>,
        pictures: Arc<dyn Pictures>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            uow,
            accounts,
            credentials,
            hasher,
            throttle,
            challenges,
            social,
            messages,
            sessions,
            farewell,
            log,
            pictures,
            settings,
            clock,
        }
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
    /// Password rules by field, `identity.email_unverified` and `identity.verification_token_invalid`
    /// by field, `identity.email_taken`, `identity.nickname_taken`.
    pub async fn sign_up(&self, origin: &Origin, request: &SignUp) -> Result<UserId, Failure> {
        let (email, nickname) = (request.email.as_str(), request.nickname.as_str());
        let mut faults = self.password_faults(&request.password, email, nickname, "/password");
        if request.password != request.password_confirmation {
            faults.push(PASSWORD_MISMATCH.at("/passwordConfirmation"));
        }
        if self.settings.require_verified_email && request.email_proof.is_none() {
            faults.push(EMAIL_UNVERIFIED.at(PROOF));
        }
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        let hash = self.hasher.hash(&request.password).await?;
        let now = self.clock.now();
        let mut account = Account::new(new_id(), request.email.clone(), request.nickname.clone(), now);
        account.email_verified_at = request.email_proof.as_ref().map(|_| now);
        let made: Made = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                let mut ended = Vec::new();
                if let Some(proof) = &request.email_proof {
                    ended = self.take_address(tx, &request.email, proof).await?;
                }
                written(self.accounts.insert(tx, &account, &hash).await?)?;
                let doer = Doer { user: Some(account.id), address: Some(origin.address) };
                self.log.record(tx, SecurityEventKind::SignedUp, doer, Some(account.id), None).await?;
                tx.publish(&UserSignedUp {
                    user_id: account.id,
                    nickname: account.nickname.to_string(),
                    time_zone: account.preferences.time_zone.to_string(),
                    locale: account.preferences.locale.to_string(),
                })?;
                Ok(Made { user: account.id, ended })
            })
            .await?;
        self.sessions.shut(&made.ended).await;
        Ok(made.user)
    }

    /// Whoever proved to read the mail gets the address, even from an account that holds it without
    /// a proof: else a stranger could sign up with it first and lie in wait.
    async fn take_address(&self, tx: &mut Tx, email: &Email, proof: &str) -> Result<Vec<SessionId>, Failure> {
        if !self.challenges.redeem(tx, Purpose::Email, &email.normal(), proof).await? {
            return Err(VERIFICATION_TOKEN_INVALID.at(PROOF).into());
        }
        let Some(holder) = self.social.holder(tx, email).await?.filter(|holder| !holder.proven) else {
            return Ok(Vec::new());
        };
        let reason = RevocationReason::AddressLost;
        let ended = self.sessions.revoke(tx, holder.user, Which::All(holder.user), reason).await?;
        self.social.dispossess(tx, holder.user).await?;
        Ok(ended)
    }

    /// Tells the owner by mail that the password is another one now.
    pub(super) async fn tell_password_changed(&self, tx: &mut Tx, account: &Account) -> Result<(), Failure> {
        let language = Language::of_locale(account.preferences.locale.as_str());
        let mail = letters::password_changed(account.email.as_str(), language);
        Ok(self.messages.put(tx, &Outgoing::Mail(mail), NOTICE_LIFE).await?)
    }

    /// Changes what the caller tells, if the account's version meets the precondition.
    ///
    /// # Errors
    /// `identity.nickname_taken`, `media.unknown_picture`, `platform.precondition_failed`,
    /// `identity.session_ended`.
    pub async fn change(
        &self,
        caller: &Caller,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        mut change: Change,
        avatar: Option<Option<PictureId>>,
    ) -> Result<(), Failure> {
        let user = caller.user;
        self.edit(user, precondition, async |tx, account| {
            change.avatar = match avatar {
                None => None,
                Some(None) => Some(None),
                Some(Some(id)) => {
                    let name = self.pictures.take_one(tx, user, id, AVATAR).await?;
                    Some(Some(Avatar { id, name }))
                }
            };
            Ok(account.apply(change))
        })
        .await
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
        self.edit(caller.user, precondition, async |_, account| {
            change(&mut account.preferences);
            Ok(false)
        })
        .await
    }

    async fn edit(
        &self,
        user: UserId,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        edit: impl AsyncFnOnce(&mut Tx, &mut Account) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let mut account = self.accounts.find(tx, user).await?.ok_or_else(gone)?;
                precondition(account.version)?;
                let before = account.clone();
                let visible = edit(tx, &mut account).await?;
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
                let mut ended = self.sessions.revoke(tx, caller.user, others, reason).await?;
                // Two changes at once: the second one proved a password that is no more.
                if self.accounts.password_hash(tx, caller.user).await?.as_deref() != Some(stored) {
                    return Err(platform::STALE.into());
                }
                self.accounts.set_password_hash(tx, caller.user, &hash).await?;
                let account = self.accounts.find(tx, caller.user).await?.ok_or_else(gone)?;
                // Once more, for a login with the old password that had the account until now.
                ended.extend(self.sessions.revoke(tx, caller.user, others, reason).await?);
                self.tell_password_changed(tx, &account).await?;
                let kind = SecurityEventKind::PasswordChanged;
                self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
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
                let mut ended = self.sessions.revoke(tx, caller.user, all, RevocationReason::Erased).await?;
                // Once more with the account in hand, for a login that had it until now.
                self.accounts.find(tx, caller.user).await?.ok_or_else(gone)?;
                ended.extend(self.sessions.revoke(tx, caller.user, all, RevocationReason::Erased).await?);
                self.farewell.say(tx, caller.user, None).await?;
                self.accounts.erase(tx, caller.user).await?;
                let doer = Doer { user: Some(caller.user), address: None };
                self.log.record(tx, SecurityEventKind::Withdrew, doer, Some(caller.user), None).await?;
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
