//! Id tokens of a stand-in: right ones, and every kind of wrong one.

use std::sync::{Mutex, OnceLock, PoisonError};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use madang_application::shared::Clock;
use madang_server::clock::SystemClock;
use serde_json::{Value, json};

/// What is wrong with the next id token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// `alg: none`.
    Unsigned,
    /// Signed with the public key as a shared secret.
    PublicKeyAsSecret,
    /// Signed by somebody else under a known name.
    Stranger,
    /// Signed with a key that is not published.
    UnknownKey,
    /// For another application.
    Audience,
    /// By another issuer.
    Issuer,
    /// For another login.
    Nonce,
    /// Without the nonce.
    NoNonce,
    /// Issued to another party.
    Party,
    /// Issued in the future.
    Early,
    /// Over.
    Expired,
    /// About another person.
    Subject,
    /// For another access token.
    AccessToken,
    /// Cut in the middle.
    Cut,
    /// Not wrong: the issuer's clock is nearly a minute fast, and the token lived very shortly.
    SkewedClock,
}

/// Two keys are enough: one that is published, one that is not (yet).
fn keys() -> &'static [Key; 2] {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [Key::new("first"), Key::new("second")])
}

struct Key {
    id: &'static str,
    private: EncodingKey,
    public: Value,
    /// The modulus, which everybody knows.
    modulus: Vec<u8>,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let public = pair.public_key();
        let der = pair.as_der().expect("its form");
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero();
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": text(&modulus), "e": text(exponent),
        });
        Self { id, private: EncodingKey::from_rsa_der(&pkcs1(der.as_ref())), public, modulus }
    }
}

/// The RSA key inside PKCS#8, which is what the library wants: the last octet string.
fn pkcs1(pkcs8: &[u8]) -> Vec<u8> {
    // SEQUENCE(4) INTEGER(3) SEQUENCE(15) OCTET STRING(4): fixed for RSA of this size.
    pkcs8[26..].to_vec()
}

/// Signs for one stand-in.
#[derive(Debug, Default)]
pub struct Signer {
    rotated: Mutex<bool>,
}

impl Signer {
    fn current(&self) -> usize {
        usize::from(*self.rotated.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Publishes the other key instead.
    pub fn rotate(&self) {
        let mut rotated = self.rotated.lock().unwrap_or_else(PoisonError::into_inner);
        *rotated = !*rotated;
    }

    /// What it publishes, and a key nobody understands beside it.
    pub fn published(&self) -> Value {
        json!({ "keys": [keys()[self.current()].public, { "kty": "new", "kid": "later", "x": 1 }] })
    }

    /// Signs claims as they are.
    pub fn sign(&self, claims: &Value) -> String {
        let key = &keys()[self.current()];
        let header = Header { kid: Some(key.id.to_owned()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, &key.private).expect("signed")
    }

    /// An id token for these claims, wrong in this way.
    pub fn id_token(&self, mut claims: Value, forgery: Option<Forgery>) -> String {
        let now = now();
        match forgery {
            Some(Forgery::Audience) => claims["aud"] = json!("another"),
            Some(Forgery::Issuer) => claims["iss"] = json!("https://evil.example"),
            Some(Forgery::Nonce) => claims["nonce"] = json!("another"),
            Some(Forgery::NoNonce) => claims["nonce"] = Value::Null,
            Some(Forgery::Party) => claims["azp"] = json!("another"),
            Some(Forgery::Early) => claims["iat"] = json!(now + 600),
            Some(Forgery::Expired) => claims["exp"] = json!(now - 600),
            Some(Forgery::SkewedClock) => {
                claims["iat"] = json!(now + 50);
                claims["exp"] = json!(now - 50);
            }
            Some(Forgery::Subject) => claims["sub"] = json!("somebody-else"),
            Some(Forgery::AccessToken) => claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
            _ => {}
        }
        let (own, other) = (&keys()[self.current()], &keys()[1 - self.current()]);
        let header = |id: &str, algorithm| Header { kid: Some(id.to_owned()), ..Header::new(algorithm) };
        let signed = |header: &Header, key: &EncodingKey| encode(header, &claims, key).expect("signed");
        match forgery {
            Some(Forgery::Unsigned) => {
                let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
                format!("{}.{}.", part(&json!({ "alg": "none", "kid": own.id })), part(&claims))
            }
            Some(Forgery::PublicKeyAsSecret) => {
                signed(&header(own.id, Algorithm::HS256), &EncodingKey::from_secret(&own.modulus))
            }
            Some(Forgery::Stranger) => signed(&header(own.id, Algorithm::RS256), &other.private),
            Some(Forgery::UnknownKey) => signed(&header("nobody", Algorithm::RS256), &other.private),
            Some(Forgery::Cut) => {
                let token = signed(&header(own.id, Algorithm::RS256), &own.private);
                token[..token.len() / 2].to_owned()
            }
            _ => signed(&header(own.id, Algorithm::RS256), &own.private),
        }
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemClock.now().micros() / 1_000_000
}
