//! Proving that a mailbox is one's own.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Email,
        challenge::Purpose,
        errors::{CODE_INVALID, EMAIL_TAKEN},
    },
    shared::Failure,
};

use super::Addresses;
use crate::{
    identity::{
        IdentitySettings,
        challenges::{Challenges, Tried},
        letters,
    },
    shared::{Caller, Language, Origin, Outgoing, OutgoingMessages, UnitOfWork},
};

/// Sends codes to mailboxes and believes those who know them.
pub struct EmailVerificationService {
    uow: Arc<UnitOfWork>,
    addresses: Arc<Addresses>,
    challenges: Arc<Challenges>,
    messages: Arc<dyn OutgoingMessages>,
    settings: Arc<IdentitySettings>,
}

impl EmailVerificationService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        addresses: Arc<Addresses>,
        challenges: Arc<Challenges>,
        messages: Arc<dyn OutgoingMessages>,
        settings: Arc<IdentitySettings>,
    ) -> Self {
        Self { uow, addresses, challenges, messages, settings }
    }

    /// Sends a code to an address. Where accounts are hidden, a taken address gets a mail that says
    /// so, and the answer is the same.
    ///
    /// # Errors
    /// `identity.email_taken` if a verified account has it, `identity.code_too_soon`.
    pub async fn send(&self, origin: &Origin, email: &Email, language: Language) -> Result<(), Failure> {
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
    pub async fn confirm(
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
                        if let Some(caller) = caller {
                            ended = self.addresses.prove(tx, caller, email).await?;
                        }
                        Ok((Some(proof), ended))
                    }
                }
            })
            .await?;
        self.addresses.shut(&ended).await;
        let proof: Option<String> = proof;
        proof.ok_or_else(|| CODE_INVALID.into())
    }
}
