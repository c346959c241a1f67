//! Secrets out of nothing.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::identity::RefreshSecrets;

/// Bytes nobody can guess.
///
/// # Panics
/// If the operating system has no randomness left to give, in which case nothing is safe.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "going on without randomness would be worse")]
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Refresh tokens: 32 random bytes in base64url, 43 characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomSecrets;

impl RefreshSecrets for RandomSecrets {
    fn fresh(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>())
    }

    /// SHA-256 is enough: 256 random bits cannot be tried out.
    fn fingerprint(&self, token: &str) -> Option<[u8; 32]> {
        let bytes: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        digest(&SHA256, &bytes).as_ref().try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_tokens_have_fingerprints() {
        let (one, other) = (RandomSecrets.fresh(), RandomSecrets.fresh());
        assert_ne!(one, other);
        assert!(RandomSecrets.fingerprint(&one).is_some());
        assert_ne!(RandomSecrets.fingerprint(&one), RandomSecrets.fingerprint(&other));
        for text in ["", "x", &one[1..], &format!("{one}="), &format!(" {one}"), &"가".repeat(43)] {
            assert_eq!(RandomSecrets.fingerprint(text), None, "{text}");
        }
    }
}
