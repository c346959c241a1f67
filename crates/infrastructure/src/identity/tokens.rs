//! Access tokens as signed JWTs (RFC 9068, EdDSA).
//!
//! The header of a token is untrusted text until it is proven: it must be *exactly* ours
//! (`typ`, `alg`, `kid` and nothing else), the algorithm is fixed, and `kid` only chooses among
//! our own keys. So `alg: none`, key confusion, embedded keys, `crit` and the like have nothing
//! to get hold of.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation, errors::ErrorKind};
use madang_application::{
    identity::{AccessClaims, AccessTokens, PublicKey, TokenFault},
    shared::{Role, new_id},
};
use madang_domain::shared::{SessionId, Timestamp, UserId};
use moka::sync::Cache;
use serde::Deserialize;

use super::KeyRing;

const TYPE: &str = "at+jwt";

/// Ours have some 400 bytes.
const LONGEST: usize = 2_048;

/// How far the clocks of our own processes may be apart, in seconds.
const CLOCKS_APART: i64 = 30;

/// Checking a signature costs 70 µs, and clients use a token many times in a row. What is cached
/// is only that the signature was right: expiry and revocation are asked about every time.
const CACHED_FOR: Duration = Duration::from_secs(10);
const CACHED: u64 = 20_000;

/// For whom tokens are issued, and by whom.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    /// `iss`
    pub issuer: String,
    /// `aud`
    pub audience: String,
}

/// Signs and checks access tokens.
pub struct JwtTokens {
    ring: Arc<KeyRing>,
    settings: Arc<JwtSettings>,
    validation: Validation,
    verified: Cache<String, Arc<AccessClaims>>,
}

/// What tells why a token is none of ours.
#[derive(Deserialize)]
struct NamedHeader {
    alg: String,
    kid: Option<String>,
}

/// What a token of ours has to look like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    #[serde(rename = "alg")]
    _alg: String,
    #[serde(rename = "kid")]
    _kid: String,
}

impl JwtTokens {
    /// With these keys.
    pub fn new(ring: Arc<KeyRing>, settings: Arc<JwtSettings>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library asks the system's clock; we ask ours, below.
        validation.validate_exp = false;
        let verified = Cache::builder().max_capacity(CACHED).time_to_live(CACHED_FOR).build();
        Self { ring, settings, validation, verified }
    }

    /// What the token says, if the signature is ours. Says nothing about time.
    fn proven(&self, token: &str) -> Result<Arc<AccessClaims>, TokenFault> {
        if token.len() > LONGEST {
            return Err(TokenFault::Invalid);
        }
        if let Some(claims) = self.verified.get(token) {
            return Ok(claims);
        }
        let header = token.split('.').next().and_then(|header| BASE64_URL_SAFE_NO_PAD.decode(header).ok());
        let header = header.ok_or(TokenFault::Invalid)?;
        let named: NamedHeader = serde_json::from_slice(&header).map_err(|_| TokenFault::Invalid)?;
        if named.alg != "EdDSA" {
            return Err(TokenFault::Algorithm);
        }
        let keys = self.ring.keys();
        let key = keys.iter().find(|key| Some(&key.id) == named.kid.as_ref()).ok_or(TokenFault::Key)?;
        let header: StrictHeader = serde_json::from_slice(&header).map_err(|_| TokenFault::Invalid)?;
        if header.typ != TYPE {
            return Err(TokenFault::Invalid);
        }
        let read = jsonwebtoken::decode(token, &key.decoding, &self.validation);
        let claims = read.map_err(|error| {
            // The audience is asked about after the signature.
            let foreign = matches!(error.kind(), ErrorKind::InvalidAudience);
            if foreign { TokenFault::Audience } else { TokenFault::Invalid }
        })?;
        let claims = Arc::new(claims.claims);
        self.verified.insert(token.to_owned(), Arc::clone(&claims));
        Ok(claims)
    }
}

impl AccessTokens for JwtTokens {
    fn issue(
        &self,
        user: UserId,
        session: SessionId,
        roles: &[Role],
        now: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<String> {
        let keys = self.ring.keys();
        let key = KeyRing::signing(&keys, now).context("no signing key is loaded")?;
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(key.id.clone()), ..Header::new(Algorithm::EdDSA) };
        let claims = AccessClaims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: user,
            sid: session,
            jti: new_id::<AccessClaims>().uuid(),
            iat: now.seconds(),
            exp: until.seconds(),
            roles: roles.to_vec(),
        };
        jsonwebtoken::encode(&header, &claims, &key.encoding).context("sign an access token")
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let claims = self.proven(token)?;
        let claims = AccessClaims::clone(&claims);
        if claims.exp <= now.seconds() {
            Err(TokenFault::Expired(Box::new(claims)))
        } else if claims.iat > now.seconds() + CLOCKS_APART {
            Err(TokenFault::Invalid)
        } else {
            Ok(claims)
        }
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        self.ring.public()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{Ed25519KeyPair, KeyPair},
    };
    use jsonwebtoken::{DecodingKey, EncodingKey, crypto::verify};
    use serde_json::{Value, json};
    use wycheproof_ng_eddsa::{TestName, TestSet};
    use wycheproof_ng_kdf_jose::json_web;

    use super::*;
    use crate::identity::keys::SigningKey;

    const NOW: i64 = 1_800_000_000;

    /// Our own tokens, and our own key to sign others with.
    fn ours() -> (JwtTokens, Ed25519KeyPair) {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("the same key");
        let public = pair.public_key().as_ref().to_vec();
        let ring = KeyRing::default();
        ring.replace(vec![SigningKey {
            id: "ours".to_owned(),
            encoding: EncodingKey::from_ed_der(document.as_ref()),
            decoding: DecodingKey::from_ed_der(&public),
            public,
            created_at: Timestamp::from_micros(0),
        }]);
        let settings = JwtSettings { issuer: "madang".to_owned(), audience: "app".to_owned() };
        (JwtTokens::new(Arc::new(ring), Arc::new(settings)), pair)
    }

    fn signed(pair: &Ed25519KeyPair, header: &str, claims: &str) -> String {
        let message =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }

    const HEADER: &str = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours"}"#;

    fn claims() -> Value {
        json!({
            "iss": "madang", "aud": "app", "sub": "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69",
            "sid": "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a6a", "jti": "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a6b",
            "iat": NOW - 60, "exp": NOW + 840, "roles": [],
        })
    }

    /// What our own key signed and is no access token of ours all the same.
    #[test]
    fn a13_a_right_signature_is_not_enough() {
        let (tokens, pair) = ours();
        let now = Timestamp::from_micros(NOW * 1_000_000);
        let verify = |header: &str, claims: &str| tokens.verify(&signed(&pair, header, claims), now);
        assert!(verify(HEADER, &claims().to_string()).is_ok());
        for (name, wrong) in [
            ("aud", json!("another")),
            ("aud", json!([])),
            ("aud", Value::Null),
            ("iss", json!("another")),
            ("iss", json!(["another"])),
            ("exp", json!((NOW + 840).to_string())),
            ("exp", json!(1e300)),
            ("exp", json!(u64::MAX)),
            ("exp", Value::Null),
            ("exp", json!([NOW + 840])),
            ("exp", json!(-1)),
            ("iat", json!(NOW + 600)),
            ("iat", json!("now")),
            ("sub", json!("somebody")),
            ("sub", Value::Null),
            ("sid", json!("")),
            ("roles", json!(["king"])),
            ("roles", json!("admin")),
        ] {
            let mut claims = claims();
            claims[name] = wrong;
            let expected =
                if claims["aud"] == "another" { TokenFault::Audience } else { TokenFault::Invalid };
            assert_eq!(verify(HEADER, &claims.to_string()), Err(expected), "{claims}");
        }
        for missing in ["iss", "aud", "sub", "sid", "jti", "iat", "exp"] {
            let mut claims = claims();
            claims.as_object_mut().expect("an object").remove(missing);
            assert_eq!(verify(HEADER, &claims.to_string()), Err(TokenFault::Invalid), "without {missing}");
        }
        for over in [NOW, NOW - 1, 0] {
            let mut claims = claims();
            claims["exp"] = json!(over);
            let fault = verify(HEADER, &claims.to_string());
            assert!(matches!(fault, Err(TokenFault::Expired(_))), "{over}: no leeway for what is over");
        }
        // The clocks of our processes may be a little apart.
        let mut early = claims();
        early["iat"] = json!(NOW + CLOCKS_APART);
        assert!(verify(HEADER, &early.to_string()).is_ok());
    }

    /// The header is covered by the signature, so whoever has our key may say more, and still must not.
    #[test]
    fn a13_a_header_says_what_ours_say_and_nothing_else() {
        let (tokens, pair) = ours();
        let now = Timestamp::from_micros(NOW * 1_000_000);
        let inner = signed(&pair, HEADER, &claims().to_string());
        for header in [
            r#"{"typ":"JWT","alg":"EdDSA","kid":"ours"}"#,
            r#"{"alg":"EdDSA","kid":"ours"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA"}"#,
            r#"{"typ":"at+jwt","alg":"Ed25519","kid":"ours"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"theirs"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours","crit":["exp"]}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours","b64":false}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours","zip":"DEF"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours","jku":"http://127.0.0.1/"}"#,
            r#"{"typ":"at+jwt","alg":"none","alg":"EdDSA","kid":"ours"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ours","cty":"JWT"}"#,
            r#"{"ALG":"EdDSA","typ":"at+jwt","kid":"ours"}"#,
            "[]",
            "",
        ] {
            let token = signed(&pair, header, &claims().to_string());
            let expected = match header {
                r#"{"typ":"at+jwt","alg":"Ed25519","kid":"ours"}"# => TokenFault::Algorithm,
                r#"{"typ":"at+jwt","alg":"EdDSA"}"# | r#"{"typ":"at+jwt","alg":"EdDSA","kid":"theirs"}"# => {
                    TokenFault::Key
                }
                _ => TokenFault::Invalid,
            };
            assert_eq!(tokens.verify(&token, now), Err(expected), "{header}");
        }
        // A token in a token, and claims that are said twice.
        assert_eq!(tokens.verify(&signed(&pair, HEADER, &inner), now), Err(TokenFault::Invalid));
        let twice =
            claims().to_string().replacen('{', r#"{"sub":"019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a60","#, 1);
        assert_eq!(tokens.verify(&signed(&pair, HEADER, &twice), now), Err(TokenFault::Invalid));
    }
    /// Ed25519 as Wycheproof judges it, by the very function that checks our tokens: twisted, cut
    /// and malleable signatures, keys and numbers at the edges.
    #[test]
    fn a13_ed25519_is_judged_as_wycheproof_judges_it() {
        let (mut believed, mut refused) = (0, 0);
        for group in TestSet::load(TestName::Ed25519).expect("the vectors").test_groups {
            let key = DecodingKey::from_ed_der(&group.key.pk);
            for vector in group.tests {
                let signature = BASE64_URL_SAFE_NO_PAD.encode(&*vector.sig);
                let found = verify(&signature, &vector.msg, &key, Algorithm::EdDSA);
                let right = matches!(found, Ok(true));
                assert_eq!(right, !vector.result.must_fail(), "{} {}", vector.tc_id, vector.comment);
                if right { believed += 1 } else { refused += 1 }
            }
        }
        assert_eq!(believed + refused, 151);
    }

    /// Whatever other algorithm they are of, and however right: they are nothing to us.
    #[test]
    fn a13_no_signature_of_another_kind_is_a_token_of_ours() {
        let (tokens, _) = ours();
        let now = Timestamp::from_micros(NOW * 1_000_000);
        let mut refused = 0;
        for name in [json_web::TestName::JsonWebSignature, json_web::TestName::JsonWebKey] {
            let groups = json_web::TestSet::load(name).expect("the vectors").test_groups;
            for vector in groups.into_iter().flat_map(|group| group.tests) {
                let jws = vector.jws.expect("a JWS");
                let jws = jws.as_str().map_or_else(|| jws.to_string(), str::to_owned);
                let fault = tokens.verify(&jws, now).expect_err(&vector.comment);
                let known = matches!(fault, TokenFault::Algorithm | TokenFault::Key | TokenFault::Invalid);
                assert!(known, "{}: {fault:?}", vector.comment);
                refused += 1;
            }
        }
        assert_eq!(refused, 427);
    }
}
