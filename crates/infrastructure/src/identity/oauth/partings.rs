//! Telling a provider that somebody is not with us any more, so that our name goes from their list
//! there and no token of theirs is left alive. Each has its own way.

use base64::{Engine, prelude::BASE64_STANDARD};
use madang_application::{
    identity::social::ProviderFault,
    shared::{Parting, ProviderToken},
};
use reqwest::StatusCode;
use serde_json::Value;

use super::{
    faults,
    provider::Provider,
    settings::{Family, ProviderSettings},
    transport::{Reply, Transport},
};

impl Provider {
    /// Returns when the provider knows, or cannot be told any more.
    pub(super) async fn part(&self, parting: &Parting) -> Result<(), ProviderFault> {
        let Some(url) = self.unlink_url().await? else { return Ok(()) };
        let (settings, transport) = (self.settings(), self.transport());
        match (settings.family, &settings.admin_key) {
            (Family::Kakao, Some(key)) => by_key(transport, &url, key, &parting.person).await,
            (family, _) => match &parting.token {
                Some(token) if family == Family::Kakao => {
                    let Some(access) = self.fresh(token).await? else { return Ok(()) };
                    let reply = transport.form(&url, &[], Some(&format!("Bearer {access}"))).await?;
                    kakao(&reply)
                }
                Some(token) => revoke(transport, &url, settings, token, self.revokes_by_body().await?).await,
                // Nothing to show them.
                None => Ok(()),
            },
        }
    }

    /// Whether a lasting token is still good for anything.
    pub(super) async fn stands(&self, token: &ProviderToken) -> Result<bool, ProviderFault> {
        Ok(self.fresh(token).await?.is_some())
    }

    /// An access token, which lives for hours, from a refresh token, which lives for months. `None`
    /// if that is over.
    async fn fresh(&self, token: &ProviderToken) -> Result<Option<String>, ProviderFault> {
        if !token.lasts {
            return Ok(Some(token.text.clone()));
        }
        let settings = self.settings();
        let secret = settings.client_secret.as_deref().unwrap_or_default();
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", settings.client_id.as_str()),
            ("client_secret", secret),
            ("refresh_token", token.text.as_str()),
        ];
        let reply = self.transport().form(&self.token_url().await?, &fields, None).await?;
        if let Some(access) = reply.body["access_token"].as_str() {
            return Ok(Some(access.to_owned()));
        }
        let error = reply.body["error"].as_str().unwrap_or_default();
        let fault = faults::of_code(settings.family, error, reply.body["error_code"].as_str());
        if fault == ProviderFault::CodeInvalid { Ok(None) } else { Err(fault) }
    }
}

/// Kakao, as its operator: no token of the person is needed.
async fn by_key(transport: &Transport, url: &str, key: &str, person: &str) -> Result<(), ProviderFault> {
    let fields = [("target_id_type", "user_id"), ("target_id", person)];
    kakao(&transport.form(url, &fields, Some(&format!("KakaoAK {key}"))).await?)
}

fn kakao(reply: &Reply) -> Result<(), ProviderFault> {
    match reply.body.get("code").and_then(Value::as_i64) {
        // Not linked, or no such person: that is what we want. A dead token cannot be helped.
        Some(-101 | -103 | -401) => Ok(()),
        _ => faults::of_profile(Family::Kakao, reply),
    }
}

/// RFC 7009, and what Naver and Google make of it. The token's twin dies with it.
async fn revoke(
    transport: &Transport,
    url: &str,
    settings: &ProviderSettings,
    token: &ProviderToken,
    by_body: bool,
) -> Result<(), ProviderFault> {
    let hint = if token.lasts { "refresh_token" } else { "access_token" };
    let mut fields = vec![("token", token.text.as_str())];
    let mut authorization = None;
    // Google takes the token alone.
    if settings.family != Family::Google {
        fields.push(("token_type_hint", hint));
        match &settings.client_secret {
            Some(secret) if !by_body => authorization = Some(basic(&settings.client_id, secret)),
            Some(secret) => {
                fields.extend([("client_id", settings.client_id.as_str()), ("client_secret", secret)]);
            }
            None => fields.push(("client_id", &settings.client_id)),
        }
    }
    let reply = transport.form(url, &fields, authorization.as_deref()).await?;
    let error = reply.body.get("error").and_then(Value::as_str);
    match (reply.status, error) {
        // Dead already, or of a kind that cannot be revoked.
        (StatusCode::BAD_REQUEST, Some("invalid_token" | "unsupported_token_type")) => Ok(()),
        (status, None) if status.is_success() => Ok(()),
        (_, Some("temporarily_unavailable")) => Err(ProviderFault::Unavailable),
        _ => Err(ProviderFault::Misconfigured),
    }
}

/// Both parts are encoded as in a form before they are joined (RFC 6749, 2.3.1).
fn basic(client: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encoded(client), encoded(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_of_basic_credentials_are_encoded() {
        // The colon between them must be the only one.
        let expected = BASE64_STANDARD.encode("a%3Ab:c+d%25%EA%B0%80");
        assert_eq!(basic("a:b", "c d%가"), format!("Basic {expected}"));
    }
}
