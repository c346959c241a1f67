//! Checks tokens that providers sign: id tokens (OpenID Connect Core 3.1.3.7) and security event
//! tokens (RFC 8417).
//!
//! The header only chooses among the provider's own published keys, and each key has its algorithm,
//! so `alg: none` and a public key used as a shared secret have nothing to get hold of.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    crypto::verify,
    decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyOperations, PublicKeyUse},
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
    let claims: Value = serde_json::from_slice(&proven(token, keys)?).map_err(|_| Doubt::Invalid)?;
    if is_from(&claims, expected.issuers)
        && is_for(&claims, expected.client)
        && is_timely(&claims, expected.now)
    {
        Ok(claims)
    } else {
        Err(Doubt::Invalid)
    }
}

/// What a JWS in its compact form says (RFC 7515, 5.2), if one of these keys signed it.
pub(super) fn proven(token: &str, keys: &JwkSet) -> Result<Vec<u8>, Doubt> {
    let header = decode_header(token).map_err(|_| Doubt::Invalid)?;
    let (message, signature) = token.rsplit_once('.').ok_or(Doubt::Invalid)?;
    let (_, payload) = message.split_once('.').ok_or(Doubt::Invalid)?;
    let key = key(keys, header.kid.as_deref(), header.alg)?;
    let decoding = DecodingKey::from_jwk(key).map_err(|_| Doubt::Invalid)?;
    match verify(signature, message.as_bytes(), &decoding, header.alg) {
        Ok(true) => BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| Doubt::Invalid),
        _ => Err(Doubt::Invalid),
    }
}

/// The key of this name, if it is one for this algorithm.
fn key<'a>(keys: &'a JwkSet, id: Option<&str>, algorithm: Algorithm) -> Result<&'a Jwk, Doubt> {
    let fits = |key: &&Jwk| {
        let for_signatures = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let own = key.common.key_algorithm.map(|own| own.to_string().parse::<Algorithm>());
        let operations = key.common.key_operations.as_ref();
        let may_verify = operations.is_none_or(|all| all.contains(&KeyOperations::Verify));
        for_signatures
            && may_verify
            && own.is_none_or(|own| own.is_ok_and(|own| own == algorithm))
            && family_fits(key, algorithm)
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

fn is_from(claims: &Value, issuers: &[String]) -> bool {
    claims["iss"].as_str().is_some_and(|named| issuers.iter().any(|issuer| issuer == named))
}

/// We are among its audience; and with several of them, or where it is named, the party it was
/// issued to must be us.
fn is_for(claims: &Value, client: &str) -> bool {
    let audience = &claims["aud"];
    let all = audience.as_array().map_or(std::slice::from_ref(audience), Vec::as_slice);
    let (named, several) = (all.iter().any(|one| one == client), all.len() > 1);
    let party = &claims["azp"];
    named && if party.is_null() { !several } else { party == client }
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wycheproof_ng_kdf_jose::json_web::{TestName, TestSet};

    use super::{super::oidc::readable, *};

    /// Whether it is signed in a way that no key an OpenID provider publishes goes with: by a secret
    /// that both sides share, with a curve nobody uses, or with another algorithm than its key's own
    /// (RFC 7517, 4.4).
    fn is_foreign(jws: &str, keys: &Value) -> bool {
        let header = BASE64_URL_SAFE_NO_PAD.decode(jws.split('.').next().unwrap_or_default());
        let header: Value = serde_json::from_slice(&header.unwrap_or_default()).unwrap_or_default();
        let known = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
        let own = keys["keys"].as_array().into_iter().flatten().find(|key| key["kid"] == header["kid"]);
        !known.iter().any(|algorithm| header["alg"] == *algorithm)
            || own.is_none_or(|own| own["alg"] != header["alg"])
    }

    /// Each vector of a set against our own reading of its keys: how many were believed and refused.
    fn judge(name: TestName) -> (usize, usize) {
        let (mut believed, mut refused) = (0, 0);
        for group in TestSet::load(name).expect("the vectors").test_groups {
            let keys = group.public_key.or(group.private_key).expect("a key");
            let keys = if keys["keys"].is_array() { keys } else { json!({ "keys": [keys] }) };
            for vector in group.tests {
                let jws = vector.jws.expect("a JWS");
                // The JSON forms of RFC 7515 are no tokens.
                let jws = jws.as_str().map_or_else(|| jws.to_string(), str::to_owned);
                // A key that was made badly (CVE-2017-15361) is its provider's to replace.
                if vector.comment == "rejectsKeyWithRocaVulnerability" {
                    continue;
                }
                let expected = !vector.result.must_fail() && !is_foreign(&jws, &keys);
                let found = proven(&jws, &readable(&keys));
                assert_eq!(found.is_ok(), expected, "{} {}: {found:?}", vector.tc_id, vector.comment);
                if expected { believed += 1 } else { refused += 1 }
            }
        }
        (believed, refused)
    }

    #[test]
    fn n15_signatures_are_judged_as_wycheproof_judges_them() {
        assert_eq!(judge(TestName::JsonWebSignature), (32, 369));
        assert_eq!(judge(TestName::JsonWebKey), (1, 24));
    }
}
