//! Getting an account with an e-mail address and a password.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Email, Nickname, Password,
        domain_events::UserSignedUp,
        errors::{EMAIL_UNVERIFIED, PASSWORD_MISMATCH},
        security_event::SecurityEventKind,
    },
    shared::{Failure, FieldError, SessionId, UserId},
};
use serde::{Deserialize, Serialize};

use super::{
    Addresses, Doer, IdentitySettings, Passwords, SecurityLog,
    ports::{AccountRepository, written},
};
use crate::shared::{Clock, Origin, UnitOfWork, new_id};

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

/// A new account, and the sessions of whoever held its address without a proof.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    user: UserId,
    ended: Vec<SessionId>,
}

/// Makes accounts.
pub struct SignUpService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    passwords: Arc<Passwords>,
    addresses: Arc<Addresses>,
    log: Arc<SecurityLog>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl SignUpService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        passwords: Arc<Passwords>,
        addresses: Arc<Addresses>,
        log: Arc<SecurityLog>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, accounts, passwords, addresses, log, settings, clock }
    }

    /// What no schema can say about a sign-up: the rules of passwords, where both were given, and
    /// that a proof of the address is missing.
    pub fn faults(
        &self,
        (email, nickname): (&str, &str),
        passwords: Option<(&Password, &Password)>,
        proven: bool,
    ) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some((password, confirmation)) = passwords {
            faults = self.passwords.faults(password, email, nickname, "/password");
            if password != confirmation {
                faults.push(PASSWORD_MISMATCH.at("/passwordConfirmation"));
            }
        }
        if self.settings.require_verified_email && !proven {
            faults.push(EMAIL_UNVERIFIED.at(PROOF));
        }
        faults
    }

    /// Makes an account.
    ///
    /// # Errors
    /// Password rules by field, `identity.email_unverified` and `identity.verification_token_invalid`
    /// by field, `identity.email_taken`, `identity.nickname_taken`,
    /// `identity.password_check_unavailable`.
    pub async fn sign_up(&self, origin: &Origin, request: &SignUp) -> Result<UserId, Failure> {
        let (email, nickname) = (request.email.as_str(), request.nickname.as_str());
        let passwords = (&request.password, &request.password_confirmation);
        let faults = self.faults((email, nickname), Some(passwords), request.email_proof.is_some());
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        self.passwords.refuse_leaked(&request.password, "/password").await?;
        let hash = self.passwords.hash(&request.password).await?;
        let now = self.clock.now();
        let mut account = Account::new(new_id(), request.email.clone(), request.nickname.clone(), now);
        account.email_verified_at = request.email_proof.as_ref().map(|_| now);
        let made: Made = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                let mut ended = Vec::new();
                if let Some(proof) = &request.email_proof {
                    ended = self.addresses.take(tx, &request.email, proof, PROOF).await?;
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
        self.addresses.shut(&made.ended).await;
        Ok(made.user)
    }
}
