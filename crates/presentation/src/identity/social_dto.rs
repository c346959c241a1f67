//! Social logins, as JSON.

use madang_application::identity::social as app;
use madang_domain::shared::Timestamp;
use poem_openapi::{ApiResponse, Object, payload::Json, types::Example};
use serde::Serialize;

use crate::http::Instant;

/// A service people can log in at.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase")]
pub struct OauthProvider {
    /// Its name in paths: `kakao`, `naver`, `google` or another one that is configured.
    pub provider: String,
    /// Its name on a button.
    pub display_name: String,
}

impl Example for OauthProvider {
    fn example() -> Self {
        Self { provider: "kakao".to_owned(), display_name: "Kakao".to_owned() }
    }
}

impl From<app::ProviderInfo> for OauthProvider {
    fn from(info: app::ProviderInfo) -> Self {
        Self { provider: info.name, display_name: info.display_name }
    }
}

/// The services people can log in at.
#[derive(Debug, Object, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OauthProviders {
    /// In order of their names.
    pub items: Vec<OauthProvider>,
}

/// Where to send the person, and what will come back with them.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OauthDeparture {
    /// Open this in the person's browser.
    pub authorization_url: String,
    /// Comes back with the person; refuse those who bring another one.
    pub state: String,
}

/// Where to go next.
#[derive(ApiResponse)]
pub enum Departure {
    /// For programs: where to send the person.
    #[oai(status = 200)]
    Told(
        Json<OauthDeparture>,
        /// Shows later that it is the same browser.
        #[oai(header = "Set-Cookie")]
        String,
        /// `no-store`
        #[oai(header = "Cache-Control")]
        String,
    ),
    /// For browsers: go there.
    #[oai(status = 302)]
    Sent(
        /// The provider's page.
        #[oai(header = "Location")]
        String,
        /// Shows later that it is the same browser.
        #[oai(header = "Set-Cookie")]
        String,
        /// `no-store`
        #[oai(header = "Cache-Control")]
        String,
    ),
}

/// What came back from a provider.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", example, skip_serializing_if_is_none)]
pub struct OauthReturn {
    /// The code to exchange.
    #[oai(validator(min_length = 1, max_length = 4096))]
    pub code: String,
    /// What the login was begun with.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub state: String,
    /// Who issued the code (RFC 9207), if that came back too.
    #[oai(validator(max_length = 500))]
    pub iss: Option<String>,
    /// Has no effect: which address a person has is for the provider to say. Older clients send it.
    #[oai(deprecated, validator(max_length = 320))]
    pub email: Option<String>,
}

impl Example for OauthReturn {
    fn example() -> Self {
        Self {
            code: "DxwnXPKJ7hGAYbWVJQZvD1rFlTMPaG".to_owned(),
            state: "q1Vx2mTz5nJ8cYb4Lr7Kd0Wf3Hs6Pa9EuGiOoQyNvXk".to_owned(),
            iss: None,
            email: None,
        }
    }
}

/// A way into the caller's account through another service.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase")]
pub struct LinkedIdentity {
    /// The service.
    pub provider: String,
    /// The address the service told; null if it told none.
    pub email: Option<String>,
    /// Since when it is linked.
    pub linked_at: Instant,
    /// When it was last used.
    pub last_login_at: Option<Instant>,
}

impl Example for LinkedIdentity {
    fn example() -> Self {
        let at = Instant(Timestamp::from_micros(1_795_237_200_000_000));
        Self {
            provider: "kakao".to_owned(),
            email: Some("haneul@example.com".to_owned()),
            linked_at: at,
            last_login_at: Some(at),
        }
    }
}

impl From<app::IdentityView> for LinkedIdentity {
    fn from(view: app::IdentityView) -> Self {
        Self {
            provider: view.provider,
            email: view.email,
            linked_at: view.linked_at.into(),
            last_login_at: view.last_login_at.map(Instant::from),
        }
    }
}

/// How providers want their messages answered.
#[derive(ApiResponse)]
pub enum Noted {
    /// Noted.
    #[oai(status = 200)]
    Ok,
    /// Noted; a security event (RFC 8935).
    #[oai(status = 202)]
    Accepted,
    /// Noted; the way Naver wants it.
    #[oai(status = 204)]
    Nothing,
}
