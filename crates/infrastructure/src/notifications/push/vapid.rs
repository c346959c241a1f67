//! Saying who pushes (RFC 8292): a key pair of ours, and a signed word with each message.

use anyhow::{Context, anyhow};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_domain::shared::Timestamp;
use serde_json::json;

/// How long a word is good; at most a day.
const LIFE: i64 = 12 * 60 * 60;

/// Our key pair.
pub(super) struct Vapid {
    pair: EcdsaKeyPair,
}

impl Vapid {
    /// A fresh one, as PKCS #8.
    pub(super) fn generate() -> anyhow::Result<Vec<u8>> {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(pair.map_err(|_| anyhow!("no key pair"))?.as_ref().to_vec())
    }

    /// From PKCS #8.
    pub(super) fn read(pkcs8: &[u8]) -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        Ok(Self { pair: pair.map_err(|_| anyhow!("the key pair for web push is none"))? })
    }

    /// The public half, as devices subscribe with it.
    pub(super) fn public(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    /// The value of `Authorization` for a push service.
    pub(super) fn word(&self, endpoint: &url::Url, contact: &str, now: Timestamp) -> anyhow::Result<String> {
        let audience = endpoint.origin().ascii_serialization();
        let claims = json!({ "aud": audience, "exp": now.seconds() + LIFE, "sub": contact });
        let head = BASE64_URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let said = format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), said.as_bytes());
        let signature = signature.ok().context("ECDSA refused")?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref());
        Ok(format!("vapid t={said}.{signature}, k={}", self.public()))
    }
}
