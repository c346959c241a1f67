//! AES-256-GCM around small values.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use madang_application::shared::Sealer;

/// First byte of every sealed value, so that another scheme can follow one day.
const SCHEME: u8 = 1;

/// Seals as: scheme, nonce, ciphertext with tag.
pub struct AesSealer {
    key: RandomizedNonceKey,
}

impl AesSealer {
    /// With this key.
    ///
    /// # Errors
    /// None for 32 bytes; the library's signature has it.
    pub fn new(key: &[u8; 32]) -> anyhow::Result<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key)
            .map_err(|_| anyhow::anyhow!("AES-256-GCM refused its key"))?;
        Ok(Self { key })
    }
}

impl Sealer for AesSealer {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let mut body = plain.to_vec();
        #[expect(clippy::expect_used, reason = "fails only beyond 64 GiB")]
        let nonce =
            self.key.seal_in_place_append_tag(Aad::from([SCHEME]), &mut body).expect("small values seal");
        let mut sealed = vec![SCHEME];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        sealed
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (scheme, rest) = sealed.split_first()?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.key.open_in_place(nonce, Aad::from([*scheme]), &mut body).ok()?;
        (*scheme == SCHEME).then(|| plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let sealer = AesSealer::new(&[7; 32]).expect("a key");
        let sealed = sealer.seal("비밀".as_bytes());
        assert_eq!(sealer.open(&sealed).as_deref(), Some("비밀".as_bytes()));
        assert_ne!(sealer.seal("비밀".as_bytes()), sealed, "every nonce is fresh");
        assert_eq!(AesSealer::new(&[8; 32]).expect("a key").open(&sealed), None);
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert_eq!(sealer.open(&damaged), None, "byte {place}");
        }
        assert_eq!(sealer.open(&sealed[..sealed.len() - 1]), None);
        assert_eq!(sealer.open(&[]), None);
    }
}
