//! What an issuer publishes: addresses (OpenID Connect Discovery 1.0, RFC 8414) and keys (RFC 7517).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jsonwebtoken::jwk::JwkSet;
use madang_application::identity::social::ProviderFault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::transport::Transport;

/// How long addresses are believed.
const ADDRESSES: Duration = Duration::from_hours(1);
/// How long keys are believed.
const KEYS: Duration = Duration::from_mins(15);
/// How often keys are asked for again at most because a token names one we do not know.
const AGAIN: Duration = Duration::from_secs(1);

/// What the issuer says about itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    pub(super) authorize_url: Option<String>,
    pub(super) token_url: Option<String>,
    pub(super) userinfo_url: Option<String>,
    pub(super) keys_url: Option<String>,
    /// RFC 7009.
    pub(super) revocation_url: Option<String>,
    /// Whether people always come back with `iss` (RFC 9207).
    pub(super) names_itself: bool,
    /// Whether clients may name their secret in the body.
    pub(super) secret_in_body: bool,
    /// The same where tokens are revoked.
    pub(super) revokes_by_body: bool,
}

/// An issuer.
pub(super) struct Issuer {
    url: String,
    transport: Arc<Transport>,
    metadata: Mutex<Option<(Instant, Arc<Metadata>)>>,
    keys: Mutex<Option<(Instant, Arc<JwkSet>)>>,
    /// When they were last asked for because of an unknown name.
    renewed: Mutex<Option<Instant>>,
}

impl Issuer {
    /// At this address.
    pub(super) fn new(url: String, transport: Arc<Transport>) -> Self {
        Self { url, transport, metadata: Mutex::default(), keys: Mutex::default(), renewed: Mutex::default() }
    }

    /// The spellings under which it signs.
    pub(super) fn names(&self) -> Vec<String> {
        spellings(&self.url)
    }

    /// What it says about itself; `None` if it says nothing.
    pub(super) async fn metadata(&self) -> Result<Option<Arc<Metadata>>, ProviderFault> {
        if let Some(known) = fresh(&self.metadata, ADDRESSES) {
            return Ok(Some(known));
        }
        let base = self.url.trim_end_matches('/');
        let reply = self.transport.get(&format!("{base}/.well-known/openid-configuration"), None).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !reply.status.is_success() {
            return Err(ProviderFault::AnswerInvalid);
        }
        let said = &reply.body;
        // Else anybody's document would do (Discovery 4.3).
        if said["issuer"].as_str().map(|issuer| issuer.trim_end_matches('/')) != Some(base) {
            return Err(ProviderFault::AnswerInvalid);
        }
        let address =
            |name: &str| said[name].as_str().filter(|url| url::Url::parse(url).is_ok()).map(str::to_owned);
        let post = json!("client_secret_post");
        let by_body = |methods: &Value| methods.as_array().map(|methods| methods.contains(&post));
        let token = by_body(&said["token_endpoint_auth_methods_supported"]);
        let revocation = by_body(&said["revocation_endpoint_auth_methods_supported"]);
        let metadata = Arc::new(Metadata {
            authorize_url: address("authorization_endpoint"),
            token_url: address("token_endpoint"),
            userinfo_url: address("userinfo_endpoint"),
            keys_url: address("jwks_uri"),
            revocation_url: address("revocation_endpoint"),
            names_itself: said["authorization_response_iss_parameter_supported"] == Value::Bool(true),
            // Those who say nothing nearly always take both.
            secret_in_body: token.unwrap_or(true),
            revokes_by_body: revocation.or(token).unwrap_or(true),
        });
        store(&self.metadata, &metadata);
        Ok(Some(metadata))
    }

    /// Its keys; asked for again (`renew`) when a token names one that is not among them.
    pub(super) async fn keys(&self, url: &str, renew: bool) -> Result<Arc<JwkSet>, ProviderFault> {
        let known = fresh(&self.keys, KEYS);
        if let Some(known) = known
            && !(renew && self.may_renew())
        {
            return Ok(known);
        }
        let reply = self.transport.get(url, None).await?;
        if !reply.status.is_success() {
            return Err(ProviderFault::AnswerInvalid);
        }
        let keys = Arc::new(readable(&reply.body));
        store(&self.keys, &keys);
        Ok(keys)
    }

    /// Anybody can send a token with an unknown name, and must not make us ask each time.
    fn may_renew(&self) -> bool {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        let may = renewed.is_none_or(|at| at.elapsed() >= AGAIN);
        if may {
            *renewed = Some(Instant::now());
        }
        may
    }
}

/// The keys we understand; others beside them do no harm (RFC 7517, 5).
pub(super) fn readable(set: &Value) -> JwkSet {
    let keys = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    JwkSet { keys: keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect() }
}

fn fresh<T>(slot: &Mutex<Option<(Instant, Arc<T>)>>, life: Duration) -> Option<Arc<T>> {
    let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.as_ref().filter(|(at, _)| at.elapsed() < life).map(|(_, known)| Arc::clone(known))
}

fn store<T>(slot: &Mutex<Option<(Instant, Arc<T>)>>, value: &Arc<T>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(value)));
}

/// Google's tokens leave the scheme out at times.
fn spellings(url: &str) -> Vec<String> {
    let mut names = vec![url.to_owned()];
    if url == "https://accounts.google.com" {
        names.push("accounts.google.com".to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a21_google_signs_under_two_names_and_nobody_else_does() {
        assert_eq!(
            spellings("https://accounts.google.com"),
            ["https://accounts.google.com", "accounts.google.com"]
        );
        assert_eq!(spellings("https://village.example"), ["https://village.example"]);
    }

    #[test]
    fn a21_keys_nobody_understands_stand_beside_those_that_are() {
        let known = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let set = readable(&json!({ "keys": [{ "kty": "new", "kid": "b" }, known, 7, null] }));
        assert!(set.find("a").is_some());
        assert!(readable(&Value::Null).keys.is_empty());
    }
}
