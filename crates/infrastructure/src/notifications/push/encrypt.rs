//! Encrypting a message for a device (RFC 8291, with the content coding of RFC 8188).

use anyhow::anyhow;
use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::SystemRandom,
};
use madang_application::notifications::Device;

use crate::crypto::random_bytes;

/// One record holds the whole message; push services take 4,096 bytes at least (RFC 8030 7.2).
const RECORD: u32 = 4_096;
/// Ends the last record.
const LAST: u8 = 2;

/// So many bytes out of HKDF.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> anyhow::Result<[u8; N]> {
    let key = Salt::new(HKDF_SHA256, salt).extract(secret);
    let mut out = [0; N];
    let filled = key.expand(info, Bytes(N)).and_then(|okm| okm.fill(&mut out));
    filled.map_err(|_| anyhow!("HKDF refused"))?;
    Ok(out)
}

/// The body of the request, `Content-Encoding: aes128gcm`.
pub(super) fn encrypt(device: &Device, message: &[u8]) -> anyhow::Result<Vec<u8>> {
    let ours =
        EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| anyhow!("no key"))?;
    let public = ours.compute_public_key().map_err(|_| anyhow!("no public key"))?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &device.p256dh);
    let shared =
        agree_ephemeral(ours, theirs, anyhow!("the device's key is none"), |shared| Ok(shared.to_vec()))?;

    // RFC 8291 3.4
    let info: [&[u8]; 3] = [b"WebPush: info\0", &device.p256dh, public.as_ref()];
    let secret: [u8; 32] = derive(&device.auth, &shared, &info)?;
    // RFC 8188 2.2, 2.3
    let salt = random_bytes::<16>();
    let key: [u8; 16] = derive(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(&salt, &secret, &[b"Content-Encoding: nonce\0"])?;

    let mut record = message.to_vec();
    record.push(LAST);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).map_err(|_| anyhow!("no AES key"))?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
        .map_err(|_| anyhow!("AES-GCM refused"))?;

    let id = public.as_ref();
    let mut body = Vec::with_capacity(21 + id.len() + record.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD.to_be_bytes());
    body.push(u8::try_from(id.len())?);
    body.extend_from_slice(id);
    body.append(&mut record);
    Ok(body)
}
