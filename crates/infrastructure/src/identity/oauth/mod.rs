//! Logging in at other services: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), and OpenID Connect where
//! the provider speaks it.
//!
//! The exchange is the `oauth2` crate's; what Kakao, Naver and Google do differently from the paper
//! and from each other stands in [`settings`] (addresses, scopes), [`faults`] (errors), [`people`]
//! (profiles) and [`notices`] (what they tell us unasked). [`transport`] keeps every call short and
//! small, and nothing of a provider's body goes anywhere but into those parsers.

mod faults;
mod idtoken;
mod notices;
mod oidc;
mod people;
mod provider;
pub mod settings;
mod token;
mod transport;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use madang_application::{
    identity::social::{Arrival, Notice, ProviderFault, ProviderInfo, Providers, Secrets},
    shared::Clock,
};
use madang_domain::identity::social::{ProviderPerson, Subject};

use provider::Provider;
pub use settings::{Family, OauthSettings, ProviderSettings};
use transport::Transport;

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
        let transport = Arc::new(Transport::new()?);
        let provider = |settings: &ProviderSettings| {
            let provider = Provider::new(settings.clone(), Arc::clone(&transport), Arc::clone(clock));
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
    ) -> Result<String, ProviderFault> {
        let result = self.provider(provider)?.authorization(redirect_uri, secrets).await;
        counted(provider, result)
    }

    async fn person(&self, provider: &str, arrival: &Arrival) -> Result<ProviderPerson, ProviderFault> {
        let result = self.provider(provider)?.person(arrival).await;
        counted(provider, result)
    }

    fn refusal(&self, provider: &str, error: &str) -> ProviderFault {
        let family = self.providers.get(provider).map_or(Family::Oidc, |known| known.settings().family);
        // Here it is the person's browser that brings the error, so it proves nothing.
        faults::of_code(family, error, None)
    }

    async fn unlinked(&self, provider: &str, notice: &Notice) -> Result<Option<Vec<Subject>>, ProviderFault> {
        self.provider(provider)?.unlinked(notice).await
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
