//! Tag `Auth`: codes by mail and text message.

use std::{sync::Arc, time::Duration};

use madang_application::{
    identity::{EmailVerificationService, PhoneVerificationService, RecoveryService, TokenAuthenticator},
    shared::{Authenticator, Language},
};
use madang_domain::identity::{Email, Password};
use poem::{Request, http::header::CACHE_CONTROL};
use poem_openapi::OpenApi;

use super::{
    Tag,
    codes_dto::{
        EmailCode, EmailProof, EmailToVerify, PasswordReset, PhoneCode, PhoneToVerify, ResetRequest,
    },
};
use crate::http::{Accepted, Answer, Auth, Form, NoContent, Outcome, Visitor, auth, language};

/// How long asking for a new password takes at least: many times what the work does.
const EVEN: Duration = Duration::from_millis(50);

/// Proving that a mailbox or a phone is one's own.
pub struct CodesApi {
    mailboxes: Arc<EmailVerificationService>,
    phones: Arc<PhoneVerificationService>,
    recovery: Arc<RecoveryService>,
    authenticator: Arc<TokenAuthenticator>,
}

impl CodesApi {
    /// Wires it.
    pub fn new(
        mailboxes: Arc<EmailVerificationService>,
        phones: Arc<PhoneVerificationService>,
        recovery: Arc<RecoveryService>,
        authenticator: Arc<TokenAuthenticator>,
    ) -> Self {
        Self { mailboxes, phones, recovery, authenticator }
    }
}

#[OpenApi(tag = "Tag::Auth")]
impl CodesApi {
    /// Send a code to an e-mail address
    ///
    /// Six digits that prove that the address is one's own, once, for three minutes by default.
    ///
    /// Errors: `identity.email_taken`, `identity.email_invalid`, `identity.code_too_soon`.
    #[oai(path = "/v1/auth/email-verifications", method = "post", operation_id = "sendEmailCode")]
    async fn send_email_code(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        form: Form<EmailToVerify>,
    ) -> Outcome<Accepted> {
        let form = form.accept()?;
        let language = match language::Language::of(request) {
            language::Language::English => Language::English,
            language::Language::Korean => Language::Korean,
        };
        self.mailboxes.send(&origin, &form.email.0, language).await?;
        Ok(Accepted)
    }

    /// Confirm an e-mail address
    ///
    /// Exchanges the code for a token that signing up takes, within half an hour. If the caller sends
    /// an access token and the address is their account's, the account is verified at once.
    ///
    /// Errors: `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts`,
    /// `identity.email_invalid`, `identity.token_expired`, `identity.token_invalid`,
    /// `identity.session_ended`.
    #[oai(path = "/v1/auth/email-verifications/confirm", method = "post", operation_id = "confirmEmail")]
    async fn confirm_email(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        form: Form<EmailCode>,
    ) -> Outcome<Answer<EmailProof>> {
        let form = form.accept()?;
        let caller = match auth::bearer(request) {
            Some(token) => Some(self.authenticator.authenticate(token, origin.clone()).await?),
            None => None,
        };
        let (email, code) = (&form.email.0, form.code.0.as_str());
        let token = self.mailboxes.confirm(&origin, caller.as_ref(), email, code).await?;
        Ok(Answer::new(EmailProof { email_verification_token: token }).header(CACHE_CONTROL, "no-store"))
    }

    /// Send a code to a phone
    ///
    /// By text message, at most five a day.
    ///
    /// Errors: `identity.phone_invalid`, `identity.phone_country_not_served`, `identity.phone_taken`,
    /// `identity.code_too_soon`.
    #[oai(path = "/v1/auth/phone-verifications", method = "post", operation_id = "sendPhoneCode")]
    async fn send_phone_code(&self, Auth(caller): Auth, form: Form<PhoneToVerify>) -> Outcome<Accepted> {
        let form = form.accept()?;
        self.phones.send(&caller, &form.phone.0).await?;
        Ok(Accepted)
    }

    /// Confirm a phone
    ///
    /// Makes the number the caller's own, and nobody else's. Where it replaces another proven number, the caller's other
    /// sessions end.
    ///
    /// Errors: `identity.phone_invalid`, `identity.code_invalid`, `identity.code_expired`,
    /// `identity.too_many_attempts`, `identity.phone_taken`.
    #[oai(path = "/v1/auth/phone-verifications/confirm", method = "post", operation_id = "confirmPhone")]
    async fn confirm_phone(&self, Auth(caller): Auth, form: Form<PhoneCode>) -> Outcome<NoContent> {
        let form = form.accept()?;
        self.phones.confirm(&caller, &form.phone.0, form.code.0.as_str()).await?;
        Ok(NoContent::default())
    }

    /// Ask for a new password
    ///
    /// Sends a code if the address has an account. Whether it has, the answer does not tell.
    #[oai(path = "/v1/auth/password-resets", method = "post", operation_id = "requestPasswordReset")]
    async fn request_reset(&self, Visitor(origin): Visitor, form: Form<ResetRequest>) -> Outcome<Accepted> {
        let form = form.accept()?;
        let asked = self.recovery.request(&origin, &form.email.0);
        // There is a little more to read where there is an account; nobody shall measure it.
        let (asked, ()) = tokio::join!(asked, tokio::time::sleep(EVEN));
        asked?;
        Ok(Accepted)
    }

    /// Choose a new password
    ///
    /// With the code from the mail. Every session of the account ends.
    ///
    /// Errors: `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts`,
    /// `identity.email_invalid`, `identity.password_too_short`, `identity.password_too_long`,
    /// `identity.password_needs_letter`, `identity.password_needs_digit`,
    /// `identity.password_needs_special`, `identity.password_common`, `identity.password_leaked`,
    /// `identity.password_check_unavailable`,
    /// `identity.password_contains_name`, `identity.hashing_busy`.
    #[oai(path = "/v1/auth/password-resets/confirm", method = "post", operation_id = "confirmPasswordReset")]
    async fn confirm_reset(&self, Visitor(origin): Visitor, form: Form<PasswordReset>) -> Outcome<NoContent> {
        let form = form.accept()?;
        let email: &Email = &form.email.0;
        let password = Password::typed(&form.new_password);
        self.recovery.confirm(&origin, email, form.code.0.as_str(), &password).await?;
        Ok(NoContent::default())
    }
}
