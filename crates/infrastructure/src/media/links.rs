//! Keys nobody guesses, and signatures under addresses.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_application::media::{KeySource, LinkSigner};

use crate::crypto::random_bytes;

/// Bytes of HMAC-SHA256 that are kept: nobody forges them, and the address stays short.
const TAG: usize = 16;

/// HMAC-SHA256 under a key of its own.
pub struct HmacLinks(hmac::Key);

impl HmacLinks {
    /// With this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }
}

impl LinkSigner for HmacLinks {
    fn sign(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(&hmac::sign(&self.0, text.as_bytes()).as_ref()[..TAG])
    }

    fn verify(&self, text: &str, signature: &str) -> bool {
        verify_slices_are_equal(self.sign(text).as_bytes(), signature.as_bytes()).is_ok()
    }
}

/// 128 random bits.
pub struct RandomKeys;

impl KeySource for RandomKeys {
    fn key(&self) -> String {
        random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_hold_for_their_text_and_key_only() {
        let links = HmacLinks::new(&[7; 32]);
        let signature = links.sign("a\nb\n1");
        assert!(links.verify("a\nb\n1", &signature));
        assert!(!links.verify("a\nb\n2", &signature));
        assert!(!links.verify("a\nb\n1", ""));
        assert!(!HmacLinks::new(&[8; 32]).verify("a\nb\n1", &signature));
    }
}
