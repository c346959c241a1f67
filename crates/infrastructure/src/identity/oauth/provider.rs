//! One provider: where to send people, and who they are when they come back.

use std::sync::Arc;

use madang_application::{
    identity::social::{Arrival, Consented, Notice, ProviderFault, Secrets},
    shared::{Clock, ProviderToken},
};
use madang_domain::identity::social::Subject;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenResponse, TokenUrl,
};
use serde_json::Value;

use super::{
    faults,
    idtoken::{self, Doubt, Expected},
    notices,
    oidc::{Issuer, Metadata},
    people,
    settings::{Family, ProviderSettings},
    token::{OauthClient, WireToken},
    transport::Transport,
};

/// One configured provider.
pub(super) struct Provider {
    settings: ProviderSettings,
    transport: Arc<Transport>,
    issuer: Option<Issuer>,
    clock: Arc<dyn Clock>,
}

/// The addresses of a login.
struct Addresses {
    authorize: String,
    token: String,
    userinfo: Option<String>,
    /// What the issuer says about itself, where it was asked.
    metadata: Option<Arc<Metadata>>,
}

impl Provider {
    /// As configured.
    pub(super) fn new(settings: ProviderSettings, transport: Arc<Transport>, clock: Arc<dyn Clock>) -> Self {
        let issuer = settings.issuer.clone().map(|url| Issuer::new(url, Arc::clone(&transport)));
        Self { settings, transport, issuer, clock }
    }

    pub(super) fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Where connections are ended; `None` if the provider has no such place.
    pub(super) async fn unlink_url(&self) -> Result<Option<String>, ProviderFault> {
        if self.settings.unlink_url.is_some() || self.settings.family == Family::Kakao {
            return Ok(self.settings.unlink_url.clone());
        }
        let Some(issuer) = &self.issuer else { return Ok(None) };
        Ok(issuer.metadata().await?.and_then(|metadata| metadata.revocation_url.clone()))
    }

    /// Whether our secret belongs in the body of a revocation, as the issuer says; else it goes into
    /// the header (RFC 7009, 2.1).
    pub(super) async fn revokes_by_body(&self) -> Result<bool, ProviderFault> {
        match &self.issuer {
            Some(issuer) if self.settings.family == Family::Oidc => {
                Ok(issuer.metadata().await?.is_none_or(|metadata| metadata.revokes_by_body))
            }
            _ => Ok(true),
        }
    }

    /// Where codes and refresh tokens are exchanged.
    pub(super) async fn token_url(&self) -> Result<String, ProviderFault> {
        Ok(self.addresses().await?.token)
    }

    /// Where to send the person.
    pub(super) async fn authorization(
        &self,
        redirect_uri: &str,
        secrets: &Secrets,
        ask_again: bool,
    ) -> Result<String, ProviderFault> {
        // Whoever would come back to nothing is not sent away.
        self.transport.check()?;
        let addresses = self.addresses().await?;
        let client = self
            .client(redirect_uri)?
            .set_auth_uri(AuthUrl::new(addresses.authorize).map_err(|_| ProviderFault::Misconfigured)?);
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let state = secrets.state.clone();
        let mut request = client
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("nonce", secrets.nonce.clone());
        if !self.settings.scopes.is_empty() {
            // Kakao wants commas in the question and gives spaces in the answer.
            let between = if self.settings.family == Family::Kakao { "," } else { " " };
            request = request.add_extra_param("scope", self.settings.scopes.join(between));
        }
        if self.settings.family == Family::Google {
            // Else there is no token that lasts, and none to revoke when the person leaves.
            request = request.add_extra_param("access_type", "offline");
        }
        if ask_again {
            request = match self.settings.family {
                // Asks for refused items only; without it Naver never asks for them a second time.
                Family::Naver => request.add_extra_param("auth_type", "reprompt"),
                // Kakao asks by itself for whatever of `scope` was refused.
                Family::Kakao => request,
                Family::Google | Family::Oidc => request.add_extra_param("prompt", "consent"),
            };
        }
        Ok(request.url().0.into())
    }

    /// Exchanges the code, once, and asks who it is.
    pub(super) async fn person(&self, arrival: &Arrival) -> Result<Consented, ProviderFault> {
        let addresses = self.addresses().await?;
        self.came_from_here(arrival, addresses.metadata.as_deref())?;
        let token = self.exchange(arrival, &addresses).await?;
        let access_token = token.access_token().secret();
        let claims = match &token.id_token {
            Some(id_token) => {
                let nonce = &arrival.secrets.nonce;
                self.claims(id_token, access_token, nonce, addresses.metadata.as_deref()).await?
            }
            None => None,
        };
        let profile = match &addresses.userinfo {
            Some(url) => {
                let reply = self.transport.get(url, Some(access_token)).await?;
                faults::of_profile(self.settings.family, &reply).inspect_err(|fault| {
                    self.complain(*fault, reply.status.as_str());
                })?;
                Some(reply.body)
            }
            None => None,
        };
        let person = people::read(&self.settings, profile.as_ref(), claims.as_ref())?;
        Ok(Consented { person, token: self.worth_keeping(&token) })
    }

    /// What ends the connection one day. Kakao's operators need none.
    fn worth_keeping(&self, token: &WireToken) -> Option<ProviderToken> {
        if self.settings.family == Family::Kakao && self.settings.admin_key.is_some() {
            return None;
        }
        let refresh = token.refresh_token().map(|token| token.secret().clone());
        let lasts = refresh.is_some();
        Some(ProviderToken { text: refresh.unwrap_or_else(|| token.access_token().secret().clone()), lasts })
    }

    /// Whom a message of the provider is about; `None` if it proves nothing.
    pub(super) async fn unlinked(&self, notice: &Notice) -> Result<Option<Vec<Subject>>, ProviderFault> {
        let keys = if notices::is_event(&notice.body) {
            self.event_subjects(&notice.body).await?
        } else {
            notices::signed(&self.settings, notice, self.clock.now())
        };
        let subject = |key: String| Subject {
            provider: self.settings.name.clone(),
            client: self.settings.client_id.clone(),
            key,
        };
        Ok(keys.map(|keys| keys.into_iter().map(subject).collect()))
    }

    async fn event_subjects(&self, body: &[u8]) -> Result<Option<Vec<String>>, ProviderFault> {
        let Some(token) = std::str::from_utf8(body).ok().map(str::trim) else { return Ok(None) };
        let Some(issuer) = &self.issuer else { return Ok(None) };
        let metadata = issuer.metadata().await?;
        Ok(self.checked(issuer, token, metadata.as_deref()).await?.map(|claims| notices::ended(&claims)))
    }

    /// Which issuer the person comes from must be the one they were sent to (RFC 9207).
    fn came_from_here(&self, arrival: &Arrival, metadata: Option<&Metadata>) -> Result<(), ProviderFault> {
        let names = self.issuer.as_ref().map(Issuer::names).unwrap_or_default();
        let always = metadata.is_some_and(|metadata| metadata.names_itself) && !arrival.issuer_optional;
        match &arrival.issuer {
            Some(issuer) if !names.is_empty() && !names.contains(issuer) => Err(ProviderFault::AnswerInvalid),
            None if always => Err(ProviderFault::AnswerInvalid),
            _ => Ok(()),
        }
    }

    async fn exchange(&self, arrival: &Arrival, addresses: &Addresses) -> Result<WireToken, ProviderFault> {
        let url = TokenUrl::new(addresses.token.clone()).map_err(|_| ProviderFault::Misconfigured)?;
        // Kakao and Naver know nothing but the body; the crate's default is the header.
        let by_body = matches!(self.settings.family, Family::Kakao | Family::Naver)
            || addresses.metadata.as_ref().is_none_or(|metadata| metadata.secret_in_body);
        let client = self.client(&arrival.redirect_uri)?.set_token_uri(url).set_auth_type(if by_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        });
        let mut request = client
            .exchange_code(AuthorizationCode::new(arrival.code.clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(arrival.secrets.verifier.clone()));
        if self.settings.family == Family::Naver {
            request = request.add_extra_param("state", arrival.secrets.state.clone());
        }
        request.request_async(&*self.transport).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(error) => {
                let own_code = error.error_code.as_deref();
                let fault = faults::of_code(self.settings.family, &error.error, own_code);
                self.complain(fault, own_code.unwrap_or(&error.error));
                fault
            }
            RequestTokenError::Request(failed) => failed.0,
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => ProviderFault::AnswerInvalid,
        })
    }

    /// The claims of the id token. Where the issuer publishes no keys it proves nothing and is not
    /// looked at; the profile call tells who it is.
    async fn claims(
        &self,
        id_token: &str,
        access_token: &str,
        nonce: &str,
        metadata: Option<&Metadata>,
    ) -> Result<Option<Value>, ProviderFault> {
        let Some(issuer) = self.issuer.as_ref().filter(|_| self.settings.speaks_oidc()) else {
            return Ok(None);
        };
        if metadata.is_none_or(|metadata| metadata.keys_url.is_none()) {
            return Ok(None);
        }
        let claims = self.checked(issuer, id_token, metadata).await?.ok_or(ProviderFault::AnswerInvalid)?;
        let same_nonce = match claims["nonce"].as_str() {
            Some(given) => given == nonce,
            // Naver does not promise to give it back; there it is state and PKCE that bind.
            None => self.settings.family == Family::Naver && claims["nonce"].is_null(),
        };
        if same_nonce && idtoken::goes_with(&claims, id_token, access_token) {
            Ok(Some(claims))
        } else {
            Err(ProviderFault::AnswerInvalid)
        }
    }

    /// The claims of a token that the issuer signed for us, or `None`.
    async fn checked(
        &self,
        issuer: &Issuer,
        token: &str,
        metadata: Option<&Metadata>,
    ) -> Result<Option<Value>, ProviderFault> {
        let Some(url) = metadata.and_then(|metadata| metadata.keys_url.as_deref()) else { return Ok(None) };
        let issuers = issuer.names();
        let expected =
            Expected { issuers: &issuers, client: &self.settings.client_id, now: self.clock.now() };
        for renew in [false, true] {
            let keys = issuer.keys(url, renew).await?;
            match idtoken::claims(token, &keys, &expected) {
                Ok(claims) => return Ok(Some(claims)),
                Err(Doubt::Invalid) => return Ok(None),
                // The provider may have changed its keys since we asked.
                Err(Doubt::UnknownKey) => {}
            }
        }
        Ok(None)
    }

    fn client(&self, redirect_uri: &str) -> Result<OauthClient, ProviderFault> {
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| ProviderFault::Misconfigured)?;
        let client =
            OauthClient::new(ClientId::new(self.settings.client_id.clone())).set_redirect_uri(redirect);
        Ok(match &self.settings.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.clone())),
            None => client,
        })
    }

    /// What is configured, and what the issuer says where something is missing.
    async fn addresses(&self) -> Result<Addresses, ProviderFault> {
        let settings = &self.settings;
        let metadata = match &self.issuer {
            Some(issuer) if settings.speaks_oidc() || settings.authorize_url.is_none() => {
                match issuer.metadata().await {
                    // Whoever configured every address may do without; id tokens prove nothing then.
                    Err(ProviderFault::AnswerInvalid) if settings.has_every_address() => None,
                    found => found?,
                }
            }
            _ => None,
        };
        let said = metadata.as_deref().cloned().unwrap_or_default();
        let either = |own: &Option<String>, said: Option<String>| own.clone().or(said);
        let needed = |address: Option<String>| address.ok_or(ProviderFault::Misconfigured);
        Ok(Addresses {
            authorize: needed(either(&settings.authorize_url, said.authorize_url))?,
            token: needed(either(&settings.token_url, said.token_url))?,
            userinfo: either(&settings.userinfo_url, said.userinfo_url),
            metadata,
        })
    }

    /// Tells the operators what only they can mend, and nothing of what a person sent.
    fn complain(&self, fault: ProviderFault, code: &str) {
        let (provider, code) = (&self.settings.name, faults::loggable(code));
        if fault == ProviderFault::Misconfigured {
            tracing::error!(provider, code, "a login provider refuses our settings");
        } else {
            tracing::info!(provider, code, "a login provider said no");
        }
    }
}
