//! The steps of a social login.

use std::{collections::BTreeMap, sync::Arc};

use madang_domain::{
    identity::errors::{ALREADY_LOGGED_IN, REDIRECT_PROFILE_UNKNOWN},
    shared::{Failure, platform},
};

use super::{
    Admission, Journeys, Return, Secrecy,
    journeys::Leaving,
    ports::{Arrival, Providers, Secrets},
};
use crate::{
    identity::{SessionService, Tokens},
    shared::{Caller, Origin},
};

/// Where people come back to.
#[derive(Clone, Debug, Default)]
pub struct SocialSettings {
    /// Profile → address; `{provider}` in it stands for the provider's name.
    pub redirects: BTreeMap<String, String>,
}

/// A login that was begun.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Where to send the person.
    pub authorization_url: String,
    /// Comes back with the person.
    pub state: String,
    /// Stays in the browser, which shows it when it comes back.
    pub browser_secret: String,
}

/// Where somebody wants to go.
#[derive(Clone, Copy, Debug)]
pub struct Outset<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The name of the address to come back to.
    pub profile: Option<&'a str>,
    /// The address of our own callback, for where no profile is configured.
    pub own: &'a str,
    /// Whether to ask for what was refused before.
    pub ask_again: bool,
    /// Whether a browser goes there itself.
    pub in_browser: bool,
}

/// Sends people to providers and takes them back.
pub struct SocialService {
    providers: Arc<dyn Providers>,
    journeys: Arc<Journeys>,
    admission: Arc<Admission>,
    sessions: Arc<SessionService>,
    secrecy: Arc<Secrecy>,
    settings: Arc<SocialSettings>,
}

impl SocialService {
    /// Wires it.
    pub fn new(
        providers: Arc<dyn Providers>,
        journeys: Arc<Journeys>,
        admission: Arc<Admission>,
        sessions: Arc<SessionService>,
        secrecy: Arc<Secrecy>,
        settings: Arc<SocialSettings>,
    ) -> Self {
        Self { providers, journeys, admission, sessions, secrecy, settings }
    }

    /// Sends somebody to a provider: to log in, or, if they are, to link it.
    ///
    /// # Errors
    /// `platform.not_found`, `identity.redirect_profile_unknown`, `identity.oauth_*`.
    pub async fn begin(&self, caller: Option<&Caller>, outset: &Outset<'_>) -> Result<Beginning, Failure> {
        let Outset { provider, profile, own, ask_again, in_browser } = *outset;
        self.known(provider)?;
        let redirect_uri = self.redirect(provider, profile, own)?;
        let fresh = || self.secrecy.fresh();
        let secrets = Secrets { state: fresh(), nonce: fresh(), verifier: fresh() };
        let authorization_url =
            self.providers.authorization(provider, &redirect_uri, &secrets, ask_again).await?;
        let leaving = Leaving { provider, redirect_uri, secrets: &secrets, in_browser };
        let browser_secret = self.journeys.begin(caller, leaving).await?;
        Ok(Beginning { authorization_url, state: secrets.state, browser_secret })
    }

    /// Takes somebody back: logs them in, makes their account if it is the first time, or links the
    /// provider to the account of the caller, who began it.
    ///
    /// # Errors
    /// `platform.not_found`, `identity.already_logged_in`, `identity.oauth_*`,
    /// `identity.link_required`, `identity.suspended`.
    pub async fn finish(
        &self,
        origin: &Origin,
        caller: Option<&Caller>,
        back: &Return,
    ) -> Result<Tokens, Failure> {
        self.known(&back.provider)?;
        if let Some(grant) = self.admission.answered(origin).await? {
            return self.sessions.tokens(grant);
        }
        if caller.is_none()
            && let Some(token) = &back.at_hand
            && self.sessions.is_alive(token).await?
        {
            return Err(ALREADY_LOGGED_IN.into());
        }
        let Some(transaction) = self.journeys.take(caller, back, origin.once.is_some()).await? else {
            return match self.admission.answered(origin).await? {
                Some(grant) => self.sessions.tokens(grant),
                None => Err(Failure::from(platform::IDEMPOTENCY_KEY_BUSY).retry_after(1)),
            };
        };
        let code = match &back.outcome {
            Ok(code) => code.clone(),
            Err(error) => return Err(self.providers.refusal(&back.provider, error).into()),
        };
        let arrival = Arrival {
            code,
            issuer: back.issuer.clone(),
            issuer_optional: back.browser.is_none(),
            redirect_uri: transaction.redirect_uri,
            secrets: self.secrecy.open(&transaction.sealed)?,
        };
        let consented = self.providers.person(&back.provider, &arrival).await?;
        let admitted = self.admission.admit(origin, caller, &consented).await?;
        self.sessions.shut(&admitted.ended).await;
        self.sessions.tokens(admitted.grant)
    }

    fn known(&self, provider: &str) -> Result<(), Failure> {
        let known = self.providers.list().iter().any(|known| known.name == provider);
        if known { Ok(()) } else { Err(platform::NOT_FOUND.into()) }
    }

    /// Without a profile: the one named `default`, the only one, or our own callback where none is
    /// configured.
    fn redirect(&self, provider: &str, profile: Option<&str>, own: &str) -> Result<String, Failure> {
        let redirects = &self.settings.redirects;
        let found = match profile.filter(|profile| !profile.is_empty()) {
            Some(profile) => redirects.get(&profile.to_lowercase()).map(String::as_str),
            None if redirects.is_empty() => Some(own),
            None if redirects.len() == 1 => redirects.values().next().map(String::as_str),
            None => redirects.get("default").map(String::as_str),
        };
        let found = found.ok_or(REDIRECT_PROFILE_UNKNOWN)?;
        Ok(found.replace("{provider}", provider))
    }

    /// The providers people can choose.
    pub fn providers(&self) -> Vec<super::ProviderInfo> {
        self.providers.list()
    }
}
