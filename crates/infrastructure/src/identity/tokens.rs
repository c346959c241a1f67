//! Access tokens as signed JWTs (RFC 9068, EdDSA).
//!
//! The header of a token is untrusted text until it is proven: it must be *exactly* ours
//! (`typ`, `alg`, `kid` and nothing else), the algorithm is fixed, and `kid` only chooses among
//! our own keys. So `alg: none`, key confusion, embedded keys, `crit` and the like have nothing
//! to get hold of.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
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
    fn proven(&self, token: &str) -> Option<Arc<AccessClaims>> {
        if token.len() > LONGEST {
            return None;
        }
        if let Some(claims) = self.verified.get(token) {
            return Some(claims);
        }
        let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
        let header: StrictHeader = serde_json::from_slice(&header).ok()?;
        if header.typ != TYPE || header.alg != "EdDSA" {
            return None;
        }
        let keys = self.ring.keys();
        let key = keys.iter().find(|key| key.id == header.kid)?;
        let claims = jsonwebtoken::decode(token, &key.decoding, &self.validation).ok()?.claims;
        let claims = Arc::new(claims);
        self.verified.insert(token.to_owned(), Arc::clone(&claims));
        Some(claims)
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
        let claims = self.proven(token).ok_or(TokenFault::Invalid)?;
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
