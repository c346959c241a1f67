//! N15: providers tell that somebody left, each in its own way.

use aws_lc_rs::{
    cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    hmac,
    iv::FixedLength,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_testkit::{
    PASSWORD, TestApp, TestDb,
    providers::{ADMIN_KEY, CLIENT, SECRET, Service, Someone, StandIn, now},
    text,
};
use md5::{Digest, Md5};
use serde_json::json;

use super::{link, linked, log_in, start, with_kakao};

madang_testkit::on_every_database!(
    n15_kakao_tells_that_somebody_left,
    n15_naver_tells_that_somebody_left,
    n15_a_security_event_ends_sessions,
);

async fn is_out(app: &TestApp, token: &str) {
    app.get("/v1/me").bearer(token).refused(401, "identity.session_ended").await;
}

async fn n15_kakao_tells_that_somebody_left(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(7, "하늘");
    let first = log_in(&app, &kakao, &sky).await.expect(200);
    let path = "/v1/auth/oauth/kakao/unlink";
    let form = "app_id=1&user_id=7&referrer_type=UNLINK_FROM_APPS";
    let post = |key: &str| {
        app.post(path).header("authorization", key).body("application/x-www-form-urlencoded", form)
    };
    post("KakaoAK wrong").refused(401, "identity.oauth_signature_invalid").await;
    app.post(path)
        .body("application/x-www-form-urlencoded", form)
        .refused(401, "identity.oauth_signature_invalid")
        .await;
    app.get("/v1/me").bearer(text(&first["accessToken"])).expect(200).await;
    let key = format!("KakaoAK {ADMIN_KEY}");
    post(&key).expect(200).await;
    is_out(&app, &text(&first["accessToken"])).await;
    // Twice, and about somebody we do not know: fine as well.
    post(&key).expect(200).await;
    app.get(&format!("{path}?app_id=1&user_id=999")).header("authorization", &key).expect(200).await;
    // Consent brings the account back.
    let again = log_in(&app, &kakao, &sky).await.expect(200);
    assert_eq!((&again["userId"], &again["firstLogin"]), (&first["userId"], &json!(false)));
    // Where there is another way in, the link goes.
    let sea = app.person("바다").await;
    link(&app, &kakao, &sea.token, &Someone::new(8, "바다")).await.expect(200);
    app.get(&format!("{path}?app_id=1&user_id=8")).header("authorization", &key).expect(200).await;
    is_out(&app, &sea.token).await;
    let pair = app.login(&sea.email, PASSWORD).await;
    assert!(linked(&app, &text(&pair["accessToken"])).await.is_empty());
    app.stop().await;
}

/// As the sample in Naver's document makes it.
fn naver_form(key: u64, secret: &str, timestamp: i64) -> String {
    let secret = Md5::digest(secret.as_bytes());
    let cipher =
        PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &secret).unwrap()).unwrap();
    let mut person = format!("naver-{key}").into_bytes();
    let vector = [9; 16];
    cipher.less_safe_encrypt(&mut person, EncryptionContext::Iv128(FixedLength::from(vector))).unwrap();
    let person = BASE64_URL_SAFE_NO_PAD.encode([&vector[..], &person].concat());
    let said = format!("clientId={CLIENT}&encryptUniqueId={person}&timestamp={timestamp}");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), said.as_bytes());
    format!("{said}&signature={}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

async fn n15_naver_tells_that_somebody_left(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let app = start(db, &[&naver]).await;
    let first = log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200);
    let path = "/v1/auth/oauth/naver/unlink";
    let post = |form: String| app.post(path).body("application/x-www-form-urlencoded", form);
    for wrong in [
        naver_form(7, "another secret", now()),
        naver_form(7, SECRET, now() - 3_600),
        naver_form(7, SECRET, now()).replace("clientId=madang", "clientId=danmag"),
        String::new(),
    ] {
        post(wrong).refused(401, "identity.oauth_signature_invalid").await;
    }
    post(naver_form(99, SECRET, now())).expect(204).await;
    app.get("/v1/me").bearer(text(&first["accessToken"])).expect(200).await;
    // The sample puts the fields into the address.
    app.post(&format!("{path}?{}", naver_form(7, SECRET, now()))).expect(204).await;
    is_out(&app, &text(&first["accessToken"])).await;
    app.stop().await;
}

async fn n15_a_security_event_ends_sessions(db: TestDb) {
    let kakao = StandIn::start_oidc(Service::Kakao).await;
    let app = start(db, &[&kakao]).await;
    let first = log_in(&app, &kakao, &Someone::new(7, "하늘")).await.expect(200);
    let event = |kind: &str, audience: &str| {
        let kind = format!("https://schemas.openid.net/secevent/{kind}");
        kakao.signer().sign(&json!({
            "iss": kakao.base(), "aud": audience, "iat": now(), "jti": "1",
            "events": { kind: { "subject": { "subject_type": "iss-sub", "iss": kakao.base(), "sub": "7" } } },
        }))
    };
    let post =
        |token: String| app.post("/v1/auth/oauth/kakao/unlink").body("application/secevent+jwt", token);
    let disabled = "risc/event-type/account-disabled";
    post(event(disabled, "another")).refused(401, "identity.oauth_signature_invalid").await;
    let mut cut = event(disabled, CLIENT);
    cut.pop();
    post(cut).refused(401, "identity.oauth_signature_invalid").await;
    post(event("risc/event-type/verification", CLIENT)).expect(202).await;
    app.get("/v1/me").bearer(text(&first["accessToken"])).expect(200).await;
    post(event(disabled, CLIENT)).expect(202).await;
    is_out(&app, &text(&first["accessToken"])).await;
    app.stop().await;
}
