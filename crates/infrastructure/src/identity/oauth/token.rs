//! Answers of token endpoints, as they really are.

use std::{fmt, time::Duration};

use oauth2::{
    AccessToken, Client, EmptyExtraTokenFields, ErrorResponse, RefreshToken, Scope, StandardRevocableToken,
    StandardTokenIntrospectionResponse, TokenResponse, TokenType,
    basic::{BasicRevocationErrorResponse, BasicTokenType},
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The `oauth2` crate's client with answers that take what providers give. The crate's own type
/// refuses `"expires_in": "3600"`, which is what Naver sends.
pub(super) type OauthClient<HasAuthUrl = oauth2::EndpointNotSet, HasTokenUrl = oauth2::EndpointNotSet> =
    Client<
        WireError,
        WireToken,
        StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
        StandardRevocableToken,
        BasicRevocationErrorResponse,
        HasAuthUrl,
        oauth2::EndpointNotSet,
        oauth2::EndpointNotSet,
        oauth2::EndpointNotSet,
        HasTokenUrl,
    >;

/// A token. Members we do not know are welcome, and all but the token may be missing or null.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct WireToken {
    access_token: AccessToken,
    #[serde(default)]
    token_type: AnyType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    pub(super) id_token: Option<String>,
}

/// `Bearer`, in whatever case, or missing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct AnyType(Value);

impl TokenType for AnyType {}

impl TokenResponse for WireToken {
    type TokenType = AnyType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &AnyType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// A number, or a number as text; anything else is as good as nothing.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// An error. The description is not kept: Kakao's may contain the code.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct WireError {
    /// `invalid_grant`
    pub(super) error: String,
    /// Kakao's own, `KOE320`.
    #[serde(default)]
    pub(super) error_code: Option<String>,
}

impl ErrorResponse for WireError {}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a20_expires_in_is_a_number_or_a_text_or_neither() {
        for (sent, seconds) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("null", None),
            ("\"soon\"", None),
            ("-1", None),
            ("{}", None),
        ] {
            let text =
                format!(r#"{{"access_token":"a+/=","expires_in":{sent},"x":[1],"refresh_token":null}}"#);
            let token: WireToken = serde_json::from_str(&text).expect("a token");
            assert_eq!(token.expires_in().map(|life| life.as_secs()), seconds, "{sent}");
        }
        assert!(serde_json::from_str::<WireToken>(r#"{"access_token":null}"#).is_err());
    }
}
