//! Use cases about proving that a mailbox or a phone is one's own.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Email, Phone,
        challenge::Purpose,
        domain_events::{ProfileChanged, RevocationReason},
        errors::{CODE_INVALID, EMAIL_TAKEN, PHONE_COUNTRY_NOT_SERVED, SESSION_ENDED},
        security_event::SecurityEventKind,
    },
    shared::{Failure, platform},
};

use super::{
    Addresses, IdentitySettings, SecurityLog, SessionService,
    challenges::{Challenges, Tried, everybody},
    letters,
    ports::{AccountRepository, Which, Written},
    queries::AccountQueries,
};
use crate::shared::{Caller, Clock, Language, Origin, Outgoing, OutgoingMessages, UnitOfWork};

/// The budget that all text messages share.
const ALL_TEXTS: &str = "all-texts";

/// Sends codes and believes those who know them.
pub struct VerificationService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    views: Arc<dyn AccountQueries>,
    addresses: Arc<Addresses>,
    challenges: Arc<Challenges>,
    messages: Arc<dyn OutgoingMessages>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl VerificationService {
    /// Wires it.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        views: Arc<dyn AccountQueries>,
        addresses: Arc<Addresses>,
        challenges: Arc<Challenges>,
        messages: Arc<dyn OutgoingMessages>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, views, addresses, challenges, messages, sessions, log, settings, clock }
    }

    /// Sends a code to an address. Where accounts are hidden, a taken address gets a mail that says
    /// so, and the answer is the same.
    ///
    /// # Errors
    /// `identity.email_taken` if a verified account has it, `identity.code_too_soon`.
    pub async fn send_to_email(
        &self,
        origin: &Origin,
        email: &Email,
        language: Language,
    ) -> Result<(), Failure> {
        let normal = email.normal();
        self.uow
            .run_once(origin.once.as_ref(), async |tx| {
                let holder = self.addresses.holder(tx, email).await?;
                let taken = holder.is_some_and(|holder| holder.proven);
                if taken && !self.settings.hide_accounts {
                    return Err(EMAIL_TAKEN.into());
                }
                let limit = self.challenges.limit(Purpose::Email);
                self.challenges.count(tx, Purpose::Email.name(), &normal, limit).await?;
                let code = self.challenges.issue(tx, Purpose::Email, &normal).await?;
                let life = self.challenges.code_life();
                let mail = if taken {
                    letters::already_registered(email.as_str(), language)
                } else {
                    letters::verification(email.as_str(), &code, life, language)
                };
                Ok(self.messages.put(tx, &Outgoing::Mail(mail), life).await?)
            })
            .await
    }

    /// Exchanges a code for a proof that signing up takes. If the caller's own address is proven,
    /// their account is verified with it.
    ///
    /// # Errors
    /// `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts`.
    pub async fn confirm_email(
        &self,
        origin: &Origin,
        caller: Option<&Caller>,
        email: &Email,
        code: &str,
    ) -> Result<String, Failure> {
        let (proof, ended) = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                let mut ended = Vec::new();
                match self.challenges.try_code(tx, Purpose::Email, &email.normal(), code).await? {
                    Tried::Wrong => Ok((None, ended)),
                    Tried::Right(challenge) => {
                        let proof = self.challenges.exchange(tx, challenge).await?;
                        if let Some(caller) = caller
                            && let Some(mut account) = self.accounts.find(tx, caller.user).await?
                            && account.email.normal() == email.normal()
                            && account.email_verified_at.is_none()
                            && let Some(lost) = self.addresses.possess(tx, caller.user, email).await?
                        {
                            ended = lost;
                            account.email_verified_at = Some(self.clock.now());
                            saved(self.accounts.save(tx, &account).await?)?;
                            let kind = SecurityEventKind::EmailVerified;
                            self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
                        }
                        Ok((Some(proof), ended))
                    }
                }
            })
            .await?;
        self.sessions.shut(&ended).await;
        let proof: Option<String> = proof;
        proof.ok_or_else(|| CODE_INVALID.into())
    }

    /// Sends a code to a phone.
    ///
    /// # Errors
    /// `identity.phone_country_not_served` by field, `identity.code_too_soon`.
    pub async fn send_to_phone(&self, caller: &Caller, phone: &Phone) -> Result<(), Failure> {
        if !self.settings.sms_countries.iter().any(|code| phone.as_str().starts_with(code)) {
            return Err(PHONE_COUNTRY_NOT_SERVED.at("/phone").into());
        }
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let account = self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
                let limit = self.challenges.limit(Purpose::Phone);
                self.challenges.count(tx, Purpose::Phone.name(), phone.as_str(), limit).await?;
                // One person must not write to many numbers either.
                let user = caller.user.to_string();
                self.challenges.count(tx, "phone-user", &user, limit).await?;
                let lid = everybody(self.settings.sms_daily_limit);
                self.challenges.count(tx, ALL_TEXTS, ALL_TEXTS, lid).await?;
                let code = self.challenges.issue(tx, Purpose::Phone, &bound(caller, phone)).await?;
                let language = Language::of_locale(account.preferences.locale.as_str());
                let message = letters::phone_code(phone.as_str(), &code, language);
                let life = self.challenges.code_life();
                Ok(self.messages.put(tx, &Outgoing::Text(message), life).await?)
            })
            .await
    }

    /// Makes a phone number the caller's own. If it replaces a proven one, other sessions end.
    ///
    /// # Errors
    /// As [`Self::confirm_email`].
    pub async fn confirm_phone(&self, caller: &Caller, phone: &Phone, code: &str) -> Result<(), Failure> {
        let known = self.views.account(caller.user).await?.ok_or(SESSION_ENDED)?;
        let replaced = known.phone_verified && known.phone.as_deref() != Some(phone.as_str());
        let outcome = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let subject = bound(caller, phone);
                let Tried::Right(challenge) =
                    self.challenges.try_code(tx, Purpose::Phone, &subject, code).await?
                else {
                    return Ok(None);
                };
                self.challenges.solve(tx, challenge).await?;
                // Sessions before the account: whoever locks both does it in this order.
                let ended = if replaced {
                    let others = Which::Others(caller.user, caller.session);
                    self.sessions.revoke(tx, caller.user, others, RevocationReason::PhoneChanged).await?
                } else {
                    Vec::new()
                };
                let mut account = self.accounts.find(tx, caller.user).await?.ok_or(SESSION_ENDED)?;
                account.profile.phone = Some(phone.clone());
                account.phone_verified_at = Some(self.clock.now());
                saved(self.accounts.save(tx, &account).await?)?;
                let kind = SecurityEventKind::PhoneVerified;
                self.log.record(tx, kind, caller.into(), Some(caller.user), None).await?;
                let nickname = account.nickname.to_string();
                tx.publish(&ProfileChanged { user_id: caller.user, nickname })?;
                Ok(Some(ended))
            })
            .await?;
        let ended = outcome.ok_or(CODE_INVALID)?;
        self.sessions.shut(&ended).await;
        Ok(())
    }
}

/// A code for a phone is good for the person who asked only.
fn bound(caller: &Caller, phone: &Phone) -> String {
    format!("{} {phone}", caller.user)
}

fn saved(written: Written) -> Result<(), Failure> {
    if written == Written::Done { Ok(()) } else { Err(platform::STALE.into()) }
}
