//! Use cases for those who forgot their password.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Email, Password,
        challenge::Purpose,
        errors::{CODE_INVALID, CODE_TOO_SOON},
    },
    shared::{Failure, Id, SessionId},
};

use super::{
    Passwords, Replacement,
    challenges::{Challenges, Tried},
    letters,
    ports::AccountRepository,
};
use crate::shared::{Language, Origin, Outgoing, OutgoingMessages, UnitOfWork};

/// Replaces forgotten passwords.
pub struct RecoveryService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    challenges: Arc<Challenges>,
    messages: Arc<dyn OutgoingMessages>,
    passwords: Arc<Passwords>,
    replacement: Arc<Replacement>,
}

impl RecoveryService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        challenges: Arc<Challenges>,
        messages: Arc<dyn OutgoingMessages>,
        passwords: Arc<Passwords>,
        replacement: Arc<Replacement>,
    ) -> Self {
        Self { uow, accounts, challenges, messages, passwords, replacement }
    }

    /// Sends a code, if there is an account with a password. Whether or not, the answer is the same
    /// and the same rows are written.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn request(&self, origin: &Origin, email: &Email) -> Result<(), Failure> {
        let credential = self.passwords.at(email).await?;
        let user = credential.filter(|found| found.password_hash.is_some()).map(|found| found.user);
        let sent = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                let normal = email.normal();
                let limit = self.challenges.limit(Purpose::Password);
                self.challenges.count(tx, Purpose::Password.name(), &normal, limit).await?;
                let code = self.challenges.issue(tx, Purpose::Password, &normal).await?;
                // Looked for in any case, so that it takes the same time.
                let account = self.accounts.find(tx, user.unwrap_or(Id::new(uuid::Uuid::nil()))).await?;
                let life = self.challenges.code_life();
                // The letter is written in any case as well.
                let (to, language) = match &account {
                    Some(account) => {
                        let locale = account.preferences.locale.as_str();
                        (account.email.as_str(), Language::of_locale(locale))
                    }
                    None => (email.as_str(), Language::of_locale("")),
                };
                let mail = letters::password_reset(to, &code, life, language);
                let message = if account.is_some() { Outgoing::Mail(mail) } else { Outgoing::Unsent(mail) };
                Ok(self.messages.put(tx, &message, life).await?)
            })
            .await;
        match sent {
            // Whoever asks again and again learns nothing by it, and gets no second mail.
            Err(failure) if failure.code() == CODE_TOO_SOON => Ok(()),
            sent => sent,
        }
    }

    /// Replaces the password and ends every session.
    ///
    /// # Errors
    /// `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts`, and the
    /// password rules by field, which leave the code as good as it was.
    pub async fn confirm(
        &self,
        origin: &Origin,
        email: &Email,
        code: &str,
        password: &Password,
    ) -> Result<(), Failure> {
        let faults = self.passwords.faults(password, email.as_str(), "", "/newPassword");
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        let tried = self
            .uow
            .run(async |tx| self.challenges.try_code(tx, Purpose::Password, &email.normal(), code).await)
            .await;
        let challenge = match tried {
            Ok(Tried::Right(challenge)) => challenge,
            Ok(Tried::Wrong) => return Err(CODE_INVALID.into()),
            // A repeated request finds its code used; what it did is remembered under its key.
            Err(failure) if origin.once.is_some() && failure.code() == CODE_INVALID => {
                Id::new(uuid::Uuid::nil())
            }
            Err(failure) => return Err(failure),
        };
        let credential = self.passwords.at(email).await?.ok_or(CODE_INVALID)?;
        let nickname = credential.nickname.as_str();
        let faults = self.passwords.faults(password, email.as_str(), nickname, "/newPassword");
        if !faults.is_empty() {
            return Err(Failure::fields(faults));
        }
        self.passwords.refuse_leaked(password, "/newPassword").await?;
        let hash = self.passwords.hash(password).await?;
        let ended: Vec<SessionId> = self
            .uow
            .run_once(origin.once.as_ref(), async |tx| {
                self.challenges.solve(tx, challenge).await?;
                self.replacement.put(tx, origin, credential.user, &hash).await
            })
            .await?;
        self.replacement.shut(&ended).await;
        Ok(())
    }
}
