//! The part of `identity` that logs people in at other services.

use std::sync::Arc;

use madang_application::{
    identity::social::{
        Admission, Farewell, Journeys, LinkSweep, Links, Newcomers, Providers, Secrecy, SeveranceService,
        SocialQueries, SocialRepository, SocialService, SocialSettings, WaysService,
    },
    shared::{Clock, Partings, Worker},
};
use madang_container::Registry;
use madang_infrastructure::{
    identity::{
        LinkWatch,
        oauth::{OauthProviders, OauthSettings},
    },
    sql::SqlStore,
};

use crate::config::{self, Config};

/// Names its services, ports and adapters.
pub(super) fn register(registry: &mut Registry) {
    registry.service(oauth_settings);
    registry.service(social_settings);
    registry.service(providers);
    registry.bind(|providers: Arc<OauthProviders>| providers as Arc<dyn Providers>);
    registry.bind(|providers: Arc<OauthProviders>| providers as Arc<dyn Partings>);
    registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SocialRepository>);
    registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SocialQueries>);
    registry.service(Farewell::new);
    registry.service(Secrecy::new);
    registry.service(Journeys::new);
    registry.service(Links::new);
    registry.service(Newcomers::new);
    registry.service(Admission::new);
    registry.service(SocialService::new);
    registry.service(WaysService::new);
    registry.service(SeveranceService::new);
    registry.service(LinkSweep::new);
    registry.service(LinkWatch::new);
    registry.bind(|watch: Arc<LinkWatch>| watch as Arc<dyn Worker>);
}

#[expect(clippy::expect_used, reason = "the configuration was checked when it was read")]
fn oauth_settings(config: Arc<Config>) -> OauthSettings {
    config::oauth::read(&config.oauth).expect("a checked section").0
}

#[expect(clippy::expect_used, reason = "the configuration was checked when it was read")]
fn social_settings(config: Arc<Config>) -> SocialSettings {
    config::oauth::read(&config.oauth).expect("a checked section").1
}

#[expect(clippy::expect_used, reason = "a process without TLS roots or sockets cannot serve anyway")]
fn providers(settings: Arc<OauthSettings>, clock: Arc<dyn Clock>) -> OauthProviders {
    OauthProviders::new(&settings, &clock).expect("an HTTP client can be made")
}
