//! Passwords: what a new one must be like, whether a typed one is right, and changing one's own.

use std::{sync::Arc, time::Duration};

use madang_domain::{
    identity::{
        Account, Email, Password,
        challenge::Purpose,
        domain_events::RevocationReason,
        errors::{
            NO_PASSWORD, PASSWORD_CHECK_UNAVAILABLE, PASSWORD_LEAKED, PASSWORD_UNCHANGED, PASSWORD_WRONG,
            SESSION_ENDED,
        },
        security_event::SecurityEventKind,
    },
    shared::{Failure, FieldError, Text, platform},
};

use super::{
    Challenges, IdentitySettings, LoginThrottle, SecurityLog, SessionService, letters,
    ports::{
        AccountRepository, Credential, Credentials, Leak, LeakedPasswords, PasswordHasher, Verdict, Which,
    },
};
use crate::shared::{Caller, Language, Outgoing, OutgoingMessages, Tx, UnitOfWork};

/// How long a notice is worth being sent.
const NOTICE_LIFE: Duration = Duration::from_hours(3 * 24);

/// Seconds after which whoever knows leaked passwords may answer again.
const ASK_AGAIN: u64 = 5;

/// Judges passwords.
pub struct Passwords {
    credentials: Arc<dyn Credentials>,
    hasher: Arc<dyn PasswordHasher>,
    leaked: Arc<dyn LeakedPasswords>,
    throttle: Arc<LoginThrottle>,
    settings: Arc<IdentitySettings>,
}

impl Passwords {
    /// Wires it.
    pub fn new(
        credentials: Arc<dyn Credentials>,
        hasher: Arc<dyn PasswordHasher>,
        leaked: Arc<dyn LeakedPasswords>,
        throttle: Arc<LoginThrottle>,
        settings: Arc<IdentitySettings>,
    ) -> Self {
        Self { credentials, hasher, leaked, throttle, settings }
    }

    /// Every rule a new password breaks, each pinned to `pointer`. The names are the e-mail
    /// address and the nickname as far as they are known, valid or not.
    pub fn faults(&self, password: &Password, email: &str, nickname: &str, pointer: &str) -> Vec<FieldError> {
        let name = email.split('@').next().unwrap_or_default();
        let broken = self.settings.password_policy.check(password, &[name, nickname]);
        broken.into_iter().map(|refusal| refusal.at(pointer)).collect()
    }

    /// Lets a password pass that keeps our own rules and is not known to have leaked. Where nobody
    /// answers, operators have said whether our own list is good enough.
    ///
    /// # Errors
    /// `identity.password_leaked` at `pointer`, `identity.password_check_unavailable`.
    pub async fn refuse_leaked(&self, password: &Password, pointer: &str) -> Result<(), Failure> {
        match self.leaked.look(password).await {
            Leak::Known => Err(PASSWORD_LEAKED.at(pointer).into()),
            Leak::Unanswered if self.settings.leak_check_required => {
                Err(Failure::from(PASSWORD_CHECK_UNAVAILABLE).retry_after(ASK_AGAIN))
            }
            Leak::Unanswered | Leak::Unknown => Ok(()),
        }
    }

    /// What is to be stored of a password.
    ///
    /// # Errors
    /// `identity.hashing_busy`.
    pub async fn hash(&self, password: &Password) -> Result<String, Failure> {
        self.hasher.hash(password).await
    }

    /// How whoever has this address logs in, if anybody has it.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn at(&self, email: &Email) -> Result<Option<Credential>, Failure> {
        Ok(self.credentials.by_email(email).await?)
    }

    /// How the caller logs in.
    ///
    /// # Errors
    /// `identity.session_ended` if the account is no more.
    pub async fn of(&self, caller: &Caller) -> Result<Credential, Failure> {
        Ok(self.credentials.of(caller.user).await?.ok_or(SESSION_ENDED)?)
    }

    /// Whether the caller knows their password. Somebody who found an unlocked phone must not guess
    /// it here either.
    ///
    /// # Errors
    /// `identity.password_wrong` at `pointer`, `identity.too_many_attempts`, `identity.hashing_busy`.
    pub async fn prove(
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

/// Tells the owner by mail that the password is another one now.
pub(super) async fn tell_changed(
    messages: &dyn OutgoingMessages,
    tx: &mut Tx,
    account: &Account,
) -> Result<(), Failure> {
    let language = Language::of_locale(account.preferences.locale.as_str());
    let mail = letters::password_changed(account.email.as_str(), language);
    Ok(messages.put(tx, &Outgoing::Mail(mail), NOTICE_LIFE).await?)
}

/// Changes passwords of those who know them; [`super::RecoveryService`] is for those who forgot.
pub struct PasswordService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    passwords: Arc<Passwords>,
    challenges: Arc<Challenges>,
    messages: Arc<dyn OutgoingMessages>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
}

impl PasswordService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        passwords: Arc<Passwords>,
        challenges: Arc<Challenges>,
        messages: Arc<dyn OutgoingMessages>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
    ) -> Self {
        Self { uow, accounts, passwords, challenges, messages, sessions, log }
    }

    /// Changes the caller's password and ends all their other sessions.
    ///
    /// # Errors
    /// `identity.password_wrong` and the password rules by field, `identity.no_password`.
    pub async fn change(
        &self,
        caller: &Caller,
        email: &str,
        current: &Password,
        new: &Password,
    ) -> Result<(), Failure> {
        let credential = self.passwords.of(caller).await?;
        let stored = credential.password_hash.as_deref().ok_or(NO_PASSWORD)?;
        self.passwords.prove(caller, &credential, current, "/currentPassword").await?;
        let mut faults = self.passwords.faults(new, email, credential.nickname.as_str(), "/newPassword");
        if new == current {
            faults.push(PASSWORD_UNCHANGED.at("/newPassword"));
        }
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        self.passwords.refuse_leaked(new, "/newPassword").await?;
        let hash = self.passwords.hash(new).await?;
        let ended = self
            .uow
            .run(async |tx| {
                // Codes before sessions, sessions before the account: whoever locks several does it in
                // this order. Somebody else may have asked for a code, and read it.
                if let Ok(email) = Email::parse(email) {
                    self.challenges.void(tx, Purpose::Password, &email.normal()).await?;
                }
                let others = Which::Others(caller.user, caller.session);
                let reason = RevocationReason::PasswordChanged;
                let mut ended = self.sessions.revoke(tx, caller.user, others, reason).await?;
                // Two changes at once: the second one proved a password that is no more.
                if self.accounts.password_hash(tx, caller.user).await?.as_deref() != Some(stored) {
                    return Err(platform::STALE.into());
                }
                self.accounts.set_password_hash(tx, caller.user, &hash).await?;
                let account = self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
                // Once more, for a login with the old password that had the account until now.
                ended.extend(self.sessions.revoke(tx, caller.user, others, reason).await?);
                tell_changed(&*self.messages, tx, &account).await?;
                let kind = SecurityEventKind::PasswordChanged;
                self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
                Ok(ended)
            })
            .await?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}
