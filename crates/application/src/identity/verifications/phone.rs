//! Proving that a phone is one's own.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Phone,
        challenge::Purpose,
        errors::{CODE_INVALID, PHONE_COUNTRY_NOT_SERVED, PHONE_TAKEN, SESSION_ENDED},
    },
    shared::Failure,
};

use super::Phones;
use crate::{
    identity::{
        IdentitySettings,
        challenges::{Challenges, Tried, everybody},
        letters,
        queries::AccountQueries,
    },
    shared::{Caller, Language, Outgoing, OutgoingMessages, UnitOfWork},
};

/// The budget that all text messages share.
const ALL_TEXTS: &str = "all-texts";

/// Sends codes to phones and believes those who know them.
pub struct PhoneVerificationService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountQueries>,
    phones: Arc<Phones>,
    challenges: Arc<Challenges>,
    messages: Arc<dyn OutgoingMessages>,
    settings: Arc<IdentitySettings>,
}

impl PhoneVerificationService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountQueries>,
        phones: Arc<Phones>,
        challenges: Arc<Challenges>,
        messages: Arc<dyn OutgoingMessages>,
        settings: Arc<IdentitySettings>,
    ) -> Self {
        Self { uow, accounts, phones, challenges, messages, settings }
    }

    /// Sends a code to a phone. Where accounts are hidden, a taken number gets one as well, and only
    /// whoever reads it learns that it is taken.
    ///
    /// # Errors
    /// `identity.phone_country_not_served` by field, `identity.phone_taken` if another account proved it,
    /// `identity.code_too_soon`.
    pub async fn send(&self, caller: &Caller, phone: &Phone) -> Result<(), Failure> {
        if !self.settings.sms_countries.iter().any(|code| phone.as_str().starts_with(code)) {
            return Err(PHONE_COUNTRY_NOT_SERVED.at("/phone").into());
        }
        let account = self.accounts.account(caller.user).await?.ok_or(SESSION_ENDED)?;
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let owner = self.phones.owner(tx, phone).await?;
                if owner.is_some_and(|owner| owner != caller.user) && !self.settings.hide_accounts {
                    return Err(PHONE_TAKEN.into());
                }
                let limit = self.challenges.limit(Purpose::Phone);
                self.challenges.count(tx, Purpose::Phone.name(), phone.as_str(), limit).await?;
                // One person must not write to many numbers either.
                let user = caller.user.to_string();
                self.challenges.count(tx, "phone-user", &user, limit).await?;
                let lid = everybody(self.settings.sms_daily_limit);
                self.challenges.count(tx, ALL_TEXTS, ALL_TEXTS, lid).await?;
                let code = self.challenges.issue(tx, Purpose::Phone, &bound(caller, phone)).await?;
                let language = Language::of_locale(&account.locale);
                let message = letters::phone_code(phone.as_str(), &code, language);
                let life = self.challenges.code_life();
                Ok(self.messages.put(tx, &Outgoing::Text(message), life).await?)
            })
            .await
    }

    /// Makes a phone number the caller's own. If it replaces a proven one, other sessions end.
    ///
    /// # Errors
    /// `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts`, `identity.phone_taken`.
    pub async fn confirm(&self, caller: &Caller, phone: &Phone, code: &str) -> Result<(), Failure> {
        let known = self.accounts.account(caller.user).await?.ok_or(SESSION_ENDED)?;
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
                let ended = self.phones.possess(tx, caller, phone, replaced).await?;
                Ok(Some(ended))
            })
            .await?;
        let ended = outcome.ok_or(CODE_INVALID)?;
        self.phones.shut(&ended).await;
        Ok(())
    }
}

/// A code for a phone is good for the person who asked only.
fn bound(caller: &Caller, phone: &Phone) -> String {
    format!("{} {phone}", caller.user)
}
