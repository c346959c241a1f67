//! Checks tokens that providers sign: id tokens (OpenID Connect Core 3.1.3.7) and security event
//! tokens (RFC 8417).
//!
//! The header only chooses among the provider's own published keys, and each key has its algorithm,
//! so `alg: none` and a public key used as a shared secret have nothing to get hold of.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use madang_domain::shared::Timestamp;
use serde_json::Value;

/// How far a provider's clock may be from ours, in seconds.
const CLOCKS_APART: i64 = 60;

/// What a token must say.
pub(super) struct Expected<'a> {
    /// The issuer, in each of its spellings.
    pub(super) issuers: &'a [String],
    /// Our application.
    pub(super) client: &'a str,
    /// Now.
    pub(super) now: Timestamp,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// No such key: it may be newer than the keys we have.
    UnknownKey,
    /// Anything else.
    Invalid,
}

/// The claims of a token that one of these keys signed for us.
pub(super) fn claims(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Value, Doubt> {
    let header = decode_header(token).map_err(|_| Doubt::Invalid)?;
    let key = key(keys, header.kid.as_deref(), header.alg)?;
    let decoding = DecodingKey::from_jwk(key).map_err(|_| Doubt::Invalid)?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[expected.client]);
    validation.set_issuer(expected.issuers);
    validation.set_required_spec_claims(&["iss", "aud"]);
    // The library asks the system's clock; we ask ours, below.
    validation.validate_exp = false;
    let claims = decode::<Value>(token, &decoding, &validation).map_err(|_| Doubt::Invalid)?.claims;
    if is_for(&claims, expected.client) && is_timely(&claims, expected.now) {
        Ok(claims)
    } else {
        Err(Doubt::Invalid)
    }
}

/// The key of this name, if it is one for this algorithm.
fn key<'a>(keys: &'a JwkSet, id: Option<&str>, algorithm: Algorithm) -> Result<&'a Jwk, Doubt> {
    let fits = |key: &&Jwk| {
        let for_signatures = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let own = key.common.key_algorithm.and_then(|own| own.to_string().parse::<Algorithm>().ok());
        for_signatures && own.is_none_or(|own| own == algorithm) && family_fits(key, algorithm)
    };
    match id {
        Some(id) => {
            let named = keys.find(id).ok_or(Doubt::UnknownKey)?;
            if fits(&named) { Ok(named) } else { Err(Doubt::Invalid) }
        }
        None => {
            let mut fitting = keys.keys.iter().filter(fits);
            let only = fitting.next().ok_or(Doubt::UnknownKey)?;
            if fitting.next().is_none() { Ok(only) } else { Err(Doubt::Invalid) }
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is not listed is refused")]
fn family_fits(key: &Jwk, algorithm: Algorithm) -> bool {
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
        _ => false,
    }
}

/// With several audiences, or where it is named, the party it was issued to must be us.
fn is_for(claims: &Value, client: &str) -> bool {
    let several = claims["aud"].as_array().is_some_and(|all| all.len() > 1);
    let party = &claims["azp"];
    if party.is_null() { !several } else { party == client }
}

fn is_timely(claims: &Value, now: Timestamp) -> bool {
    let now = now.micros() / 1_000_000;
    let second = |name: &str| claims[name].as_f64().map(|seconds| seconds as i64);
    let issued = second("iat").is_some_and(|issued| issued <= now + CLOCKS_APART);
    // Security events do not expire.
    let alive = match (&claims["exp"], &claims["events"]) {
        (Value::Null, events) => events.is_object(),
        _ => second("exp").is_some_and(|end| end > now - CLOCKS_APART),
    };
    let begun = claims["nbf"].is_null() || second("nbf").is_some_and(|start| start <= now + CLOCKS_APART);
    issued && alive && begun
}

/// Whether an id token belongs to an access token, as far as it says so (`at_hash`). Only the hash
/// that nearly all algorithms in use name is compared.
pub(super) fn goes_with(claims: &Value, id_token: &str, access_token: &str) -> bool {
    let by_sha256 = decode_header(id_token)
        .is_ok_and(|header| matches!(header.alg, Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256));
    match claims["at_hash"].as_str() {
        Some(hash) if by_sha256 => {
            let full = digest(&SHA256, access_token.as_bytes());
            hash == BASE64_URL_SAFE_NO_PAD.encode(full.as_ref().get(..16).unwrap_or_default())
        }
        _ => true,
    }
}
