//! What providers tell us unasked: that somebody ended the connection over there.
//!
//! Three services, three proofs. Kakao shows our admin key. Naver encrypts the person and signs the
//! fields, with keys made from the client secret by MD5; that is Naver's choice, and the one place
//! where MD5 is used. Google (and Kakao for account states) sends a signed security event token
//! (RFC 8417, RISC).

use aws_lc_rs::{
    cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey},
    constant_time::verify_slices_are_equal,
    hmac,
    iv::FixedLength,
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use madang_application::identity::social::Notice;
use madang_domain::shared::Timestamp;
use md5::{Digest, Md5};
use serde_json::Value;

use super::settings::{Family, ProviderSettings};

/// How old a Naver message may be, in seconds: a copy of it must not end connections for ever.
const OLDEST: i64 = 10 * 60;

/// Naver writes URL-safe base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a body is a signed token and no form.
pub(super) fn is_event(body: &[u8]) -> bool {
    let parts: Vec<_> = body.trim_ascii().split(|byte| *byte == b'.').collect();
    body.trim_ascii().starts_with(b"ey") && parts.len() == 3
}

/// Whom a form is about, if it proves to come from the provider.
pub(super) fn signed(settings: &ProviderSettings, notice: &Notice, now: Timestamp) -> Option<Vec<String>> {
    match settings.family {
        Family::Kakao => kakao(settings, notice),
        Family::Naver => naver(settings, notice, now),
        Family::Google | Family::Oidc => None,
    }
}

fn field<'a>(notice: &'a Notice, name: &str) -> Option<&'a str> {
    notice.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// `Authorization: KakaoAK <admin key>` with `app_id`, `user_id`, `referrer_type`.
fn kakao(settings: &ProviderSettings, notice: &Notice) -> Option<Vec<String>> {
    let expected = format!("KakaoAK {}", settings.admin_key.as_deref()?);
    verify_slices_are_equal(notice.authorization.as_deref()?.as_bytes(), expected.as_bytes()).ok()?;
    Some(field(notice, "user_id").map(str::to_owned).into_iter().collect())
}

/// `clientId`, `encryptUniqueId`, `timestamp`, `signature`.
fn naver(settings: &ProviderSettings, notice: &Notice, now: Timestamp) -> Option<Vec<String>> {
    let key = Md5::digest(settings.client_secret.as_deref()?.as_bytes());
    let (client, person) = (field(notice, "clientId")?, field(notice, "encryptUniqueId")?);
    let (timestamp, signature) = (field(notice, "timestamp")?, field(notice, "signature")?);
    let said = format!("clientId={client}&encryptUniqueId={person}&timestamp={timestamp}");
    let tag = BASE64.decode(signature).ok()?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), said.as_bytes(), &tag).ok()?;
    let sent: i64 = timestamp.parse().ok()?;
    let age = now.micros() / 1_000_000 - sent;
    if client != settings.client_id || !(-60..=OLDEST).contains(&age) {
        return None;
    }
    Some(decrypted(&key, person).into_iter().collect())
}

/// A 16-byte initialisation vector followed by AES-128-CBC with PKCS#7.
fn decrypted(key: &[u8], text: &str) -> Option<String> {
    let mut bytes = BASE64.decode(text).ok()?;
    let (vector, person) = bytes.split_at_mut_checked(16)?;
    let vector: [u8; 16] = (&*vector).try_into().ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, key).ok()?).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(vector));
    let plain = key.decrypt(person, context).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

/// Whom a security event is about, if it ends what we have with them.
pub(super) fn ended(claims: &Value) -> Vec<String> {
    const ENDS: &[&str] = &[
        "/risc/event-type/account-disabled",
        "/risc/event-type/account-purged",
        "/risc/event-type/sessions-revoked",
        "/oauth/event-type/tokens-revoked",
        "/oauth/event-type/token-revoked",
        "/oauth/user-unlinked",
    ];
    let Some(events) = claims["events"].as_object() else { return Vec::new() };
    let ending = events.iter().filter(|(kind, _)| ENDS.iter().any(|end| kind.ends_with(end)));
    let key = |event: &Value| {
        let said = [&event["subject"]["sub"], &claims["sub_id"]["sub"], &claims["sub"]];
        said.into_iter().find_map(Value::as_str).map(str::to_owned)
    };
    ending.filter_map(|(_, event)| key(event)).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};
    use serde_json::json;

    use super::*;
    use crate::identity::oauth::settings::ByHand;

    const NOW: i64 = 1_795_000_000;

    fn settings(provider: &str) -> ProviderSettings {
        let by_hand = ByHand {
            client_id: "app".to_owned(),
            client_secret: Some("secret".to_owned()),
            admin_key: Some("admin".to_owned()),
            ..ByHand::default()
        };
        ProviderSettings::new(provider, by_hand)
    }

    fn naver_notice(secret: &str, timestamp: i64) -> Notice {
        let key = Md5::digest(secret.as_bytes());
        let cipher =
            PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &key).expect("a key"))
                .expect("a cipher");
        let mut person = b"naver-person".to_vec();
        let vector = [7; 16];
        let context = EncryptionContext::Iv128(FixedLength::from(vector));
        cipher.less_safe_encrypt(&mut person, context).expect("encrypted");
        let person = BASE64.encode([&vector[..], &person].concat());
        let said = format!("clientId=app&encryptUniqueId={person}&timestamp={timestamp}");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), said.as_bytes());
        let fields = [
            ("clientId", "app".to_owned()),
            ("encryptUniqueId", person),
            ("timestamp", timestamp.to_string()),
            ("signature", BASE64.encode(tag).trim_end_matches('=').to_owned()),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Notice { fields, ..Notice::default() }
    }

    #[test]
    fn n15_naver_signs_with_the_client_secret() {
        let now = Timestamp::from_micros(NOW * 1_000_000);
        let check = |notice: &Notice| signed(&settings("naver"), notice, now);
        assert_eq!(check(&naver_notice("secret", NOW)), Some(vec!["naver-person".to_owned()]));
        assert_eq!(check(&naver_notice("another", NOW)), None);
        assert_eq!(check(&naver_notice("secret", NOW - OLDEST - 1)), None);
        let mut changed = naver_notice("secret", NOW);
        changed.fields[1].1.replace_range(..1, "x");
        assert_eq!(check(&changed), None);
        assert_eq!(check(&Notice::default()), None);
    }

    #[test]
    fn n15_kakao_shows_the_admin_key() {
        let fields = vec![("user_id".to_owned(), "42".to_owned())];
        let check = |authorization: &str| {
            let notice = Notice {
                authorization: Some(authorization.to_owned()),
                fields: fields.clone(),
                ..Notice::default()
            };
            signed(&settings("kakao"), &notice, Timestamp::from_micros(0))
        };
        assert_eq!(check("KakaoAK admin"), Some(vec!["42".to_owned()]));
        assert_eq!((check("KakaoAK other"), check("Bearer admin"), check("")), (None, None, None));
    }

    #[test]
    fn n15_only_events_that_end_something_count() {
        let event = |kind: &str| json!({ "events": { kind: { "subject": { "subject_type": "iss-sub", "sub": "7" } } } });
        let schemas = "https://schemas.openid.net/secevent";
        assert_eq!(ended(&event(&format!("{schemas}/risc/event-type/account-disabled"))), ["7"]);
        assert_eq!(ended(&event(&format!("{schemas}/oauth/event-type/tokens-revoked"))), ["7"]);
        assert!(ended(&event(&format!("{schemas}/risc/event-type/verification"))).is_empty());
    }
}
