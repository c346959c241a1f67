//! Tag `Auth`: logging in at other services.

use std::sync::Arc;

use madang_application::identity::social::{Notice, Outset, Return, SeveranceService, SocialService};
use madang_domain::shared::platform;
use poem::{
    Request,
    http::{
        HeaderMap,
        header::{ACCEPT, AUTHORIZATION, SET_COOKIE},
    },
};
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use super::{
    Tag, cookie,
    dto::{TokenPair, Transport},
    social_dto::{Departure, Noted, OauthDeparture, OauthProvider, OauthProviders, OauthReturn},
    tokens,
};
use crate::http::{Answer, Form, MaybeAuth, Outcome, Visitor, url::BaseUrl};

/// Logins through other services.
pub struct SocialApi {
    social: Arc<SocialService>,
    severance: Arc<SeveranceService>,
}

impl SocialApi {
    /// Wires it.
    pub fn new(social: Arc<SocialService>, severance: Arc<SeveranceService>) -> Self {
        Self { social, severance }
    }

    async fn noted(&self, provider: &str, request: &Request, body: Vec<u8>) -> Outcome<Noted> {
        let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let query = request.uri().query().unwrap_or_default().as_bytes().to_vec();
        let fields = [query, body.clone()].iter().flat_map(|text| pairs(text)).collect();
        let is_event = body.trim_ascii().starts_with(b"ey");
        let notice = Notice { authorization: authorization.map(str::to_owned), fields, body };
        self.severance.notified(provider, &notice).await?;
        Ok(match provider {
            _ if is_event => Noted::Accepted,
            "naver" => Noted::Nothing,
            _ => Noted::Ok,
        })
    }
}

/// The pairs of a query or form.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// Whether the client is a browser that shows pages.
fn wants_a_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| value.as_bytes().windows(9).any(|part| part == b"text/html"))
}

/// One cookie for each login, so that two tabs do not disturb each other.
fn browser_cookie(request: &Request, state: &str) -> String {
    let prefix = if cookie::is_secure(request) { "__Host-" } else { "" };
    let part: String = state.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{prefix}madang-oauth-{part}")
}

/// It has to come along when the provider sends the browser back, so `Lax`.
fn set_browser_cookie(request: &Request, state: &str, secret: &str, seconds: u32) -> String {
    let secure = if cookie::is_secure(request) { "; Secure" } else { "" };
    let name = browser_cookie(request, state);
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

#[OpenApi(tag = "Tag::Auth")]
impl SocialApi {
    /// List login providers
    ///
    /// The services people can log in at, in order of their names.
    #[oai(path = "/v1/auth/oauth/providers", method = "get", operation_id = "listOauthProviders")]
    async fn providers(&self) -> Outcome<Answer<OauthProviders>> {
        let items = self.social.providers().into_iter().map(OauthProvider::from).collect();
        Ok(Answer::new(OauthProviders { items }))
    }

    /// Begin a login at a provider
    ///
    /// Answers where to send the person; browsers are sent there. Somebody who is logged in links
    /// the provider to their account. What was begun can be finished once, within ten minutes.
    /// Somebody who refused to tell the address (`identity.oauth_email_missing`) is asked once more
    /// with `askAgain`; some providers never do so by themselves.
    ///
    /// Errors: `platform.not_found`, `identity.redirect_profile_unknown`,
    /// `identity.oauth_misconfigured`, `identity.oauth_unavailable`,
    /// `identity.oauth_answer_invalid`, `identity.token_expired`, `identity.token_invalid`,
    /// `identity.session_ended`.
    #[oai(path = "/v1/auth/oauth/:provider/authorize", method = "get", operation_id = "beginOauthLogin")]
    async fn begin(
        &self,
        request: &Request,
        MaybeAuth(caller): MaybeAuth,
        /// The provider's name.
        provider: Path<String>,
        /// Where the person comes back to: the name of an address the operators configured.
        #[oai(name = "redirectProfile")]
        profile: Query<Option<String>>,
        /// Whether to ask for what the person refused to tell before.
        #[oai(name = "askAgain", default)]
        ask_again: Query<bool>,
    ) -> Outcome<Departure> {
        let own = format!("{}/v1/auth/oauth/{}/callback", BaseUrl::of(request), provider.0);
        let page = wants_a_page(request.headers());
        let outset = Outset {
            provider: &provider.0,
            profile: profile.0.as_deref(),
            own: &own,
            ask_again: ask_again.0,
            in_browser: page,
        };
        let begun = self.social.begin(caller.as_ref(), &outset).await?;
        let cookie = set_browser_cookie(request, &begun.state, &begun.browser_secret, 600);
        let no_store = "no-store".to_owned();
        Ok(if page {
            Departure::Sent(begun.authorization_url, cookie, no_store)
        } else {
            let told = OauthDeparture { authorization_url: begun.authorization_url, state: begun.state };
            Departure::Told(Json(told), cookie, no_store)
        })
    }

    /// Finish a login at a provider
    ///
    /// Takes what the provider gave to the person's browser and answers tokens. Somebody new gets an
    /// account. Somebody who began it logged in has the provider linked to their account.
    ///
    /// Errors: `platform.not_found`, `identity.oauth_state_invalid`, `identity.oauth_code_invalid`,
    /// `identity.oauth_denied`, `identity.oauth_consent_missing`, `identity.oauth_account_refused`,
    /// `identity.oauth_email_missing`, `identity.oauth_misconfigured`,
    /// `identity.oauth_unavailable`, `identity.oauth_answer_invalid`, `identity.link_required`,
    /// `identity.oauth_identity_taken`, `identity.oauth_already_linked`,
    /// `identity.already_logged_in`, `identity.suspended`, `identity.token_expired`,
    /// `identity.token_invalid`, `identity.session_ended`.
    #[oai(path = "/v1/auth/oauth/:provider/callback", method = "post", operation_id = "finishOauthLogin")]
    async fn finish(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        MaybeAuth(caller): MaybeAuth,
        /// The provider's name.
        provider: Path<String>,
        /// A refresh token the client has already.
        #[oai(name = "X-Refresh-Token")]
        at_hand: Header<Option<String>>,
        form: Form<OauthReturn>,
    ) -> Outcome<Answer<TokenPair>> {
        let form = form.accept()?;
        let back = Return {
            provider: provider.0,
            state: form.state,
            outcome: Ok(form.code),
            issuer: form.iss,
            browser: None,
            at_hand: at_hand.0.or_else(|| cookie::token(request)),
        };
        let tokens = self.social.finish(&origin, caller.as_ref(), &back).await?;
        Ok(tokens::answer(request, tokens, Transport::Body))
    }

    /// Come back from a provider
    ///
    /// The address browsers come back to. It has to be the browser that was sent to the provider,
    /// which a cookie tells; then the refresh token travels in a cookie. A client that keeps no
    /// cookies gets it in the body.
    ///
    /// Errors: `platform.not_found`, `platform.required`, `identity.oauth_state_invalid`,
    /// `identity.oauth_code_invalid`, `identity.oauth_denied`, `identity.oauth_consent_missing`,
    /// `identity.oauth_account_refused`, `identity.oauth_email_missing`,
    /// `identity.oauth_misconfigured`, `identity.oauth_unavailable`,
    /// `identity.oauth_answer_invalid`, `identity.link_required`,
    /// `identity.oauth_identity_taken`, `identity.oauth_already_linked`, `identity.suspended`.
    #[oai(
        path = "/v1/auth/oauth/:provider/callback",
        method = "get",
        operation_id = "finishOauthLoginInBrowser"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the address")]
    async fn come_back(
        &self,
        request: &Request,
        Visitor(origin): Visitor,
        MaybeAuth(caller): MaybeAuth,
        /// The provider's name.
        provider: Path<String>,
        /// The code to exchange.
        code: Query<Option<String>>,
        /// What the login was begun with.
        state: Query<Option<String>>,
        /// What came instead of a code.
        error: Query<Option<String>>,
        /// Who issued the code (RFC 9207).
        iss: Query<Option<String>>,
    ) -> Outcome<Answer<TokenPair>> {
        let state = state.0.ok_or_else(|| platform::REQUIRED.at("?state"))?;
        let outcome = match (code.0, error.0) {
            (_, Some(error)) => Err(error),
            (Some(code), None) if code.len() <= 4_096 => Ok(code),
            (Some(_), None) => return Err(platform::TOO_LONG.with("max", 4_096).at("?code").into()),
            (None, None) => return Err(platform::REQUIRED.at("?code").into()),
        };
        let secret = cookie::named(request, &browser_cookie(request, &state));
        // Nobody is logged in by an address that somebody else began and sent them.
        let transport = if secret.is_some() { Transport::Cookie } else { Transport::Body };
        let is_browser = request.headers().contains_key("sec-fetch-site");
        let cleared = set_browser_cookie(request, &state, "", 0);
        let back = Return {
            provider: provider.0,
            state,
            outcome,
            issuer: iss.0,
            browser: Some(secret.ok_or(is_browser)),
            at_hand: None,
        };
        let tokens = self.social.finish(&origin, caller.as_ref(), &back).await?;
        Ok(tokens::answer(request, tokens, transport).header(SET_COOKIE, &cleared))
    }

    /// Hear from a provider that somebody left
    ///
    /// For Kakao's unlink webhook, Naver's unlink callback and security events (RFC 8417, RFC 8935)
    /// of Google and Kakao, each signed its own way. The person's sessions end.
    ///
    /// Errors: `platform.not_found`, `identity.oauth_signature_invalid`,
    /// `identity.oauth_unavailable`, `identity.oauth_answer_invalid`.
    #[oai(path = "/v1/auth/oauth/:provider/unlink", method = "post", operation_id = "receiveOauthUnlink")]
    async fn unlinked(
        &self,
        request: &Request,
        /// The provider's name.
        provider: Path<String>,
        body: Vec<u8>,
    ) -> Outcome<Noted> {
        self.noted(&provider.0, request, body).await
    }

    /// Hear from a provider that somebody left, as an address
    ///
    /// The same for providers that are configured to call with `GET`, as Kakao can be.
    ///
    /// Errors: `platform.not_found`, `identity.oauth_signature_invalid`.
    #[oai(
        path = "/v1/auth/oauth/:provider/unlink",
        method = "get",
        operation_id = "receiveOauthUnlinkByAddress"
    )]
    async fn unlinked_by_address(
        &self,
        request: &Request,
        /// The provider's name.
        provider: Path<String>,
    ) -> Outcome<Noted> {
        self.noted(&provider.0, request, Vec::new()).await
    }
}
