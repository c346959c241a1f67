//! Logging in at other services: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), and OpenID Connect where
//! the provider speaks it.
//!
//! The exchange is the `oauth2` crate's; what Kakao, Naver and Google do differently from the paper
//! and from each other stands in [`settings`] (addresses, scopes), [`faults`] (errors), [`people`]
//! (profiles), [`notices`] (what they tell us unasked) and [`partings`] (what we tell them). [`transport`] keeps every call short and
//! small, and nothing of a provider's body goes anywhere but into those parsers.

mod breaker;
mod faults;
mod idtoken;
mod notices;
mod oidc;
mod partings;
mod people;
mod provider;
pub mod settings;
mod token;
mod transport;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use madang_application::{
    identity::social::{
        Application, Arrival, Consented, Notice, ProviderFault, ProviderInfo, Providers, Secrets,
    },
    shared::{Clock, Parting, Partings, ProviderToken},
};
use madang_domain::identity::social::Subject;

pub(super) use breaker::Breaker;
use provider::Provider;
pub use settings::{Family, OauthSettings, ProviderSettings};
pub(super) use transport::Transport;

/// How long a call may take.
const TOTAL: Duration = Duration::from_secs(5);

/// The providers of the configuration.
pub struct OauthProviders {
    providers: BTreeMap<String, Provider>,
}

impl OauthProviders {
    /// These.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(settings: &OauthSettings, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let client = Transport::client(TOTAL).context("for login providers")?;
        let provider = |settings: &ProviderSettings| {
            // One that is down or slow is nobody else's trouble.
            let transport = Arc::new(Transport::new(client.clone(), Breaker::new(Arc::clone(clock))));
            let provider = Provider::new(settings.clone(), transport, Arc::clone(clock));
            (settings.name.clone(), provider)
        };
        Ok(Self { providers: settings.providers.iter().map(provider).collect() })
    }

    fn provider(&self, name: &str) -> Result<&Provider, ProviderFault> {
        self.providers.get(name).ok_or(ProviderFault::Misconfigured)
    }
}

#[async_trait]
impl Providers for OauthProviders {
    fn list(&self) -> Vec<ProviderInfo> {
        let info = |provider: &Provider| ProviderInfo {
            name: provider.settings().name.clone(),
            display_name: provider.settings().display_name.clone(),
        };
        self.providers.values().map(info).collect()
    }

    async fn authorization(
        &self,
        provider: &str,
        redirect_uri: &str,
        secrets: &Secrets,
        ask_again: bool,
    ) -> Result<String, ProviderFault> {
        let result = self.provider(provider)?.authorization(redirect_uri, secrets, ask_again).await;
        counted(provider, result)
    }

    async fn person(&self, provider: &str, arrival: &Arrival) -> Result<Consented, ProviderFault> {
        let result = self.provider(provider)?.person(arrival).await;
        counted(provider, result)
    }

    fn refusal(&self, provider: &str, error: &str) -> ProviderFault {
        let family = self.providers.get(provider).map_or(Family::Oidc, |known| known.settings().family);
        // Here it is the person's browser that brings the error, so it proves nothing.
        faults::of_code(family, error, None)
    }

    fn forgetful(&self) -> Vec<Application> {
        let providers = self.providers.values().map(Provider::settings);
        let forgetful = providers.filter(|settings| settings.family == Family::Naver);
        forgetful
            .map(|settings| Application {
                provider: settings.name.clone(),
                client: settings.client_id.clone(),
            })
            .collect()
    }

    async fn stands(&self, provider: &str, token: &ProviderToken) -> Result<bool, ProviderFault> {
        counted(provider, self.provider(provider)?.stands(token).await)
    }

    async fn unlinked(&self, provider: &str, notice: &Notice) -> Result<Option<Vec<Subject>>, ProviderFault> {
        self.provider(provider)?.unlinked(notice).await
    }
}

#[async_trait]
impl Partings for OauthProviders {
    async fn part(&self, parting: &Parting) -> anyhow::Result<()> {
        let own = |provider: &&Provider| {
            parting.client.is_empty() || parting.client == provider.settings().client_id
        };
        let Some(provider) = self.providers.get(&parting.provider).filter(own) else {
            tracing::info!(provider = parting.provider, "nobody to part from: it is not configured any more");
            return Ok(());
        };
        let result = counted(&parting.provider, provider.part(parting).await);
        result.map_err(|fault| anyhow!("{}: {}", parting.provider, fault.code().name))
    }
}

/// Faults in numbers, so that operators hear of a provider that refuses us.
fn counted<T>(provider: &str, result: Result<T, ProviderFault>) -> Result<T, ProviderFault> {
    if let Err(fault) = &result {
        let (provider, kind) = (provider.to_owned(), fault.code().name);
        metrics::counter!("madang_oauth_faults_total", "provider" => provider, "fault" => kind).increment(1);
    }
    result
}
