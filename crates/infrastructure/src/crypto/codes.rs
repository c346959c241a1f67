//! Six digits, and what is stored instead of them.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use madang_application::identity::challenges::Codes;
use madang_domain::{identity::challenge::ChallengeTag, shared::Id};

use super::random_bytes;

const CODES: u32 = 1_000_000;

/// Codes and subjects under one key.
pub struct KeyedCodes {
    key: hmac::Key,
}

impl KeyedCodes {
    /// With this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The parts cannot run into each other: their lengths come first.
    fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

impl Codes for KeyedCodes {
    /// Every code is as likely as any other: numbers beyond the last whole million are thrown away.
    fn fresh(&self) -> String {
        loop {
            let number = u32::from_be_bytes(random_bytes());
            if number < u32::MAX / CODES * CODES {
                return format!("{:06}", number % CODES);
            }
        }
    }

    fn subject(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.tag(&[b"subject", purpose.as_bytes(), text.as_bytes()])
    }

    fn hash(&self, challenge: Id<ChallengeTag>, code: &str) -> [u8; 32] {
        self.tag(&[b"code", challenge.uuid().as_bytes(), code.as_bytes()])
    }

    fn matches(&self, challenge: Id<ChallengeTag>, code: &str, hash: &[u8]) -> bool {
        verify_slices_are_equal(&self.hash(challenge, code), hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn codes_are_six_digits_spread_evenly() {
        let codes = KeyedCodes::new(&[1; 32]);
        let mut first = [0_u32; 10];
        for _ in 0..20_000 {
            let code = codes.fresh();
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            first[usize::from(code.as_bytes()[0] - b'0')] += 1;
        }
        // 2,000 expected; more than 6 standard deviations away happens once in 10^8 runs.
        assert!(first.iter().all(|count| (1_745..=2_255).contains(count)), "{first:?}");
    }

    #[test]
    fn a_code_fits_its_challenge_only() {
        let (codes, others) = (KeyedCodes::new(&[1; 32]), KeyedCodes::new(&[2; 32]));
        let (one, other) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let hash = codes.hash(one, "123456");
        assert!(codes.matches(one, "123456", &hash));
        assert!(!codes.matches(one, "123457", &hash) && !codes.matches(other, "123456", &hash));
        assert!(!others.matches(one, "123456", &hash) && !codes.matches(one, "123456", &hash[..31]));
        assert_ne!(codes.subject("email", "a"), codes.subject("password", "a"));
    }
}
