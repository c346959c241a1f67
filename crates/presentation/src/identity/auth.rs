//! Tag `Auth`.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::{
    identity::{
        self as app, AccessTokens, AccountQueries, LoginService, SessionService, SignUpService,
        TokenAuthenticator,
    },
    shared::{Authenticator, Clock},
};
use madang_domain::{
    identity::{
        Email, Password,
        errors::{REFRESH_INVALID, SESSION_ENDED},
    },
    shared::{FieldError, Text, id::LoginSession, platform},
};
use poem::{
    Request,
    http::header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE},
};
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
};
use serde_json::Value;

use super::{
    Tag,
    body::MaybeForm,
    cookie,
    dto::{
        Account, Introspection, Jwk, Jwks, Login, RefreshToken, Session, SignUp, TokenPair, TokenQuestion,
        Transport,
    },
    me::account_of,
    tokens,
};
use crate::http::{Answer, Auth, Created, Form, Ident, Listing, NoContent, Outcome, Pages, Visitor};

/// Signing up, logging in, staying logged in and logging out.
pub struct AuthApi {
    people: Arc<SignUpService>,
    logins: Arc<LoginService>,
    sessions: Arc<SessionService>,
    queries: Arc<dyn AccountQueries>,
    authenticator: Arc<TokenAuthenticator>,
    tokens: Arc<dyn AccessTokens>,
    clock: Arc<dyn Clock>,
}

impl AuthApi {
    /// Wires it.
    pub fn new(
        people: Arc<SignUpService>,
        logins: Arc<LoginService>,
        sessions: Arc<SessionService>,
        queries: Arc<dyn AccountQueries>,
        authenticator: Arc<TokenAuthenticator>,
        tokens: Arc<dyn AccessTokens>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { people, logins, sessions, queries, authenticator, tokens, clock }
    }

    /// What the schema cannot say about a sign-up, for the same list as everything else.
    fn faults(&self, errors: &mut Vec<FieldError>, body: &Value) {
        let text = |name| body.get(name).and_then(Value::as_str);
        let names = (text("email").unwrap_or_default(), text("nickname").unwrap_or_default());
        let typed = |name| text(name).map(Password::typed);
        let (password, again) = (typed("password"), typed("passwordConfirmation"));
        let proven = text("emailVerificationToken").is_some();
        errors.extend(self.people.faults(names, password.as_ref().zip(again.as_ref()), proven));
    }
}

#[OpenApi(tag = "Tag::Auth")]
impl AuthApi {
    /// Sign up
    ///
    /// Makes an account; logging in is the next step.
    ///
    /// Errors: `identity.email_taken`, `identity.nickname_taken`, `identity.email_invalid`,
    /// `identity.nickname_invalid`, `identity.password_too_short`, `identity.password_too_long`,
    /// `identity.password_needs_letter`, `identity.password_needs_digit`,
    /// `identity.password_needs_special`, `identity.password_common`,
    /// `identity.password_contains_name`, `identity.password_mismatch`, `identity.password_leaked`,
    /// `identity.password_check_unavailable`,
    /// `identity.email_unverified`, `identity.verification_token_invalid`, `identity.hashing_busy`.
    #[oai(path = "/v1/auth/signup", method = "post", operation_id = "signUp")]
    async fn sign_up(&self, Visitor(origin): Visitor, form: Form<SignUp>) -> Outcome<Created<Account>> {
        let form = form.accept_with(|errors, body| self.faults(errors, body))?;
        let request = app::SignUp {
            email: form.email.0,
            password: Password::typed(&form.password),
            password_confirmation: Password::typed(&form.password_confirmation),
            nickname: form.nickname.0,
            email_proof: form.email_verification_token,
        };
        let user = self.people.sign_up(&origin, &request).await?;
        let account = self.queries.account(user).await?.ok_or(platform::NOT_FOUND)?;
        let version = account.version;
        Ok(Created::new("/v1/me", Account::from(account)).version(account_of(user), version))
    }

    /// Log in
    ///
    /// Begins a session. A refresh token that is sent along and still alive is an error: go on
    /// with the session it belongs to.
    ///
    /// Errors: `identity.bad_credentials`, `identity.already_logged_in`, `identity.suspended`,
    /// `identity.too_many_attempts`, `identity.hashing_busy`.
    #[oai(path = "/v1/auth/login", method = "post", operation_id = "logIn")]
    async fn log_in(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        /// A refresh token the client has already.
        #[oai(name = "X-Refresh-Token")]
        at_hand: Header<Option<String>>,
        form: Form<Login>,
    ) -> Outcome<Answer<TokenPair>> {
        let form = form.accept()?;
        let login = app::Login {
            email: Email::parse(&form.email).ok(),
            password: Password::typed(&form.password),
            at_hand: at_hand.0.or(form.refresh_token).or_else(|| cookie::token(request)),
        };
        let tokens = self.logins.log_in(&origin, &login).await?;
        Ok(tokens::answer(request, tokens, form.transport.unwrap_or_default()))
    }

    /// Refresh a session
    ///
    /// Answers a new pair and uses the refresh token up. If an answer was lost, the same token may
    /// be sent again as long as its successor was not used; any older token ends the session.
    ///
    /// Errors: `identity.refresh_token_invalid`, `identity.refresh_token_expired`,
    /// `identity.refresh_token_reused`, `identity.session_ended`, `identity.suspended`,
    /// `identity.cross_site`.
    #[oai(path = "/v1/auth/refresh", method = "post", operation_id = "refreshSession")]
    async fn refresh(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        form: MaybeForm<RefreshToken>,
    ) -> Outcome<Answer<TokenPair>> {
        let in_body = form.0.map(|form| form.accept()).transpose()?.and_then(|form| form.refresh_token);
        let (token, transport) = match in_body {
            Some(token) => (token, Transport::Body),
            None => (cookie::own_token(request)?.ok_or(REFRESH_INVALID)?, Transport::Cookie),
        };
        let tokens = self.sessions.refresh(&origin, &token).await?;
        Ok(tokens::answer(request, tokens, transport))
    }

    /// Log out
    ///
    /// Ends the session of the refresh token, of the cookie and of the bearer token, whichever are
    /// sent; without any of them there is nothing to end. Its refresh token is dead at once, its
    /// access tokens within a second.
    ///
    /// Errors: `identity.token_expired`, `identity.token_invalid`, `identity.cross_site`.
    #[oai(path = "/v1/auth/logout", method = "post", operation_id = "logOut")]
    async fn log_out(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        form: MaybeForm<RefreshToken>,
    ) -> Outcome<NoContent> {
        let in_body = form.0.map(|form| form.accept()).transpose()?.and_then(|form| form.refresh_token);
        let token = match in_body {
            Some(token) => Some(token),
            None => cookie::own_token(request)?,
        };
        let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.split_once(' ')).map(|(_, token)| token.trim());
        let caller = match bearer {
            Some(bearer) => match self.authenticator.authenticate(bearer, origin).await {
                Ok(caller) => Some(caller),
                // With a refresh token the session is known anyway, and what has ended is not ended
                // again.
                Err(failure) if token.is_some() || failure.code() == SESSION_ENDED => None,
                Err(failure) => return Err(failure.into()),
            },
            None => None,
        };
        self.sessions.log_out(caller.as_ref(), token.as_deref()).await?;
        Ok(NoContent::default().header(SET_COOKIE, &cookie::clear(request)))
    }

    /// Log out everywhere
    ///
    /// Ends every session of the caller, this one included.
    #[oai(path = "/v1/auth/logout-all", method = "post", operation_id = "logOutEverywhere")]
    async fn log_out_everywhere(&self, request: &Request, Auth(caller): Auth) -> Outcome<NoContent> {
        self.sessions.log_out_everywhere(&caller).await?;
        Ok(NoContent::default().header(SET_COOKIE, &cookie::clear(request)))
    }

    /// Look into an access token
    ///
    /// A dead, damaged or foreign token is `{"active": false}`.
    #[oai(path = "/v1/auth/introspect", method = "post", operation_id = "introspectToken")]
    async fn introspect(&self, form: Form<TokenQuestion>) -> Outcome<Answer<Introspection>> {
        let form = form.accept()?;
        let says = self.authenticator.check(&form.token).map(Introspection::from).unwrap_or_default();
        Ok(Answer::new(says).header(CACHE_CONTROL, "no-store"))
    }

    /// List my sessions
    ///
    /// The latest login first.
    ///
    /// Errors: `platform.invalid_cursor`.
    #[oai(path = "/v1/auth/sessions", method = "get", operation_id = "listSessions")]
    async fn sessions(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Session>>> {
        let pages = Pages::read(request, format!("sessions {}", caller.user), limit.0, cursor.0, 20)?;
        let page = self.queries.sessions(caller.user, self.clock.now(), &pages.request()).await?;
        let session = |view: app::SessionView| Session {
            id: view.id.into(),
            user_agent: view.user_agent,
            address: view.address,
            created_at: view.created_at.into(),
            last_used_at: view.last_used_at.into(),
            current: view.id == caller.session,
        };
        Ok(pages.answer(page.map(session)))
    }

    /// End one of my sessions
    ///
    /// Errors: `platform.not_found`.
    #[oai(path = "/v1/auth/sessions/:sessionId", method = "delete", operation_id = "endSession")]
    async fn end_session(
        &self,
        Auth(caller): Auth,
        /// The session.
        #[oai(name = "sessionId")]
        session: Path<Ident<LoginSession>>,
    ) -> Outcome<NoContent> {
        self.sessions.end(&caller, session.0.0).await?;
        Ok(NoContent::default())
    }

    /// Keys of access tokens
    ///
    /// For programs that check access tokens themselves (RFC 7517). Ask again for a `kid` you do not
    /// know: keys are rotated.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "listKeys")]
    async fn keys(&self) -> Outcome<Answer<Jwks>> {
        let key = |key: app::PublicKey| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            usage: "sig".to_owned(),
            kid: key.id,
            x: BASE64_URL_SAFE_NO_PAD.encode(key.bytes),
        };
        let keys = self.tokens.public_keys().into_iter().map(key).collect();
        Ok(Answer::new(Jwks { keys }).header(CACHE_CONTROL, "public, max-age=60"))
    }
}
