//! A20: whatever a provider answers, people get one of our codes, and never a 500.

use madang_testkit::{
    TestDb,
    providers::{Behaviour, Service, Someone, StandIn, Step},
    text,
};
use serde_json::json;

use super::{begin, consent, finish, log_in, refused, start, with_kakao};

madang_testkit::on_every_database!(
    a20_every_fault_of_kakao_has_its_code,
    a20_every_fault_of_naver_has_its_code,
    a20_a_provider_that_is_away_is_unavailable,
    a20_states_are_checked,
    a20_who_cancels_hears_so,
    a20_who_agrees_at_the_second_try_is_welcome,
    a20_wrong_settings_are_ours_to_mend,
);

const MISCONFIGURED: (u16, &str) = (503, "identity.oauth_misconfigured");
const UNAVAILABLE: (u16, &str) = (503, "identity.oauth_unavailable");
const UNTRUSTED: (u16, &str) = (503, "identity.oauth_answer_invalid");
const CODE: (u16, &str) = (422, "identity.oauth_code_invalid");
const REFUSED: (u16, &str) = (403, "identity.oauth_account_refused");
const CONSENT: (u16, &str) = (403, "identity.oauth_consent_missing");
const NO_EMAIL: (u16, &str) = (422, "identity.oauth_email_missing");
const FINE: (u16, &str) = (200, "");

/// A text no answer of ours may contain.
const LEAK: &str = "wKnbJ7Q-of-the-provider";

fn error(status: u16, error: &str, code: &str) -> Behaviour {
    let body = json!({ "error": error, "error_description": LEAK, "error_code": code });
    Behaviour::json(status, body.to_string())
}

fn api(status: u16, code: i64, message: &str) -> Behaviour {
    Behaviour::json(status, json!({ "msg": format!("{message} {LEAK}"), "code": code }).to_string())
}

fn kakao_profile(change: impl FnOnce(&mut serde_json::Value)) -> Behaviour {
    let mut profile = madang_testkit::providers::profile(Service::Kakao, &Someone::new(1, "하늘"));
    change(&mut profile);
    Behaviour::json(200, profile.to_string())
}

fn kakao_faults() -> Vec<(Step, Behaviour, (u16, &'static str))> {
    use Step::{Profile, Token};
    let html = || format!("<!doctype html><h1>{LEAK}</h1>");
    let moved = Behaviour::redirect("http://127.0.0.1:1/elsewhere");
    let token = r#"{"access_token":"token-of-nobody","expires_in":21599}"#;
    vec![
        (Token, error(400, "invalid_grant", "KOE320"), CODE),
        (Token, error(400, "invalid_grant", "KOE303"), MISCONFIGURED),
        (Token, error(401, "invalid_client", "KOE010"), MISCONFIGURED),
        (Token, error(401, "invalid_client", "KOE101"), MISCONFIGURED),
        (Token, error(400, "invalid_request", "KOE006"), MISCONFIGURED),
        (Token, error(400, "misconfigured", "KOE009"), MISCONFIGURED),
        (Token, error(400, "invalid_request", "KOE310"), MISCONFIGURED),
        (Token, error(429, "too_many", "KOE237"), UNAVAILABLE),
        (Token, Behaviour::json(500, LEAK), UNAVAILABLE),
        (Token, Behaviour::json(503, ""), UNAVAILABLE),
        (Token, Behaviour::Reset, UNAVAILABLE),
        (Token, moved.clone(), UNTRUSTED),
        (Token, Behaviour::labelled(200, "text/html", html()), UNTRUSTED),
        (Token, Behaviour::labelled(400, "text/html", html()), UNTRUSTED),
        (Token, Behaviour::labelled(200, "text/plain", token), UNTRUSTED),
        (Token, Behaviour::json(200, vec![b' '; 1_000_000]), UNTRUSTED),
        (Token, Behaviour::json(200, ""), UNTRUSTED),
        (Token, Behaviour::json(200, "[]"), UNTRUSTED),
        (Token, Behaviour::json(200, "{"), UNTRUSTED),
        (Token, Behaviour::json(200, r#"{"access_token":null}"#), UNTRUSTED),
        (Token, Behaviour::json(200, b"\xff\xfe".to_vec()), UNTRUSTED),
        // A token the profile call does not know.
        (Token, Behaviour::json(200, token), UNTRUSTED),
        (Profile, api(401, -401, "ip mismatched! callerIp=127.0.0.1."), MISCONFIGURED),
        (Profile, api(401, -401, "this access token does not exist"), UNTRUSTED),
        (Profile, api(403, -402, "insufficient scopes."), CONSENT),
        (Profile, api(401, -406, "under age"), REFUSED),
        (Profile, api(400, -103, "no such account"), REFUSED),
        (Profile, api(400, -10, "quota"), UNAVAILABLE),
        (Profile, api(400, -12, "blocked"), MISCONFIGURED),
        (Profile, Behaviour::json(500, LEAK), UNAVAILABLE),
        (Profile, Behaviour::json(429, LEAK), UNAVAILABLE),
        (Profile, Behaviour::Reset, UNAVAILABLE),
        (Profile, moved, UNTRUSTED),
        (Profile, Behaviour::labelled(200, "text/html", html()), UNTRUSTED),
        (Profile, Behaviour::json(200, vec![b'['; 1_000_000]), UNTRUSTED),
        (Profile, Behaviour::json(200, "null"), UNTRUSTED),
        (Profile, kakao_profile(|profile| profile["id"] = json!(1.5)), UNTRUSTED),
        (Profile, kakao_profile(|profile| profile["id"] = json!("x".repeat(300))), UNTRUSTED),
        (Profile, kakao_profile(|profile| profile["kakao_account"] = json!(null)), NO_EMAIL),
        (
            Profile,
            kakao_profile(|profile| profile["kakao_account"]["email"] = json!("not an address")),
            NO_EMAIL,
        ),
        (
            Profile,
            kakao_profile(|profile| profile["kakao_account"]["email"] = json!(["a@b.example"])),
            NO_EMAIL,
        ),
        // Unknown members, texts instead of numbers, and a byte order mark harm nobody.
        (Profile, kakao_profile(|profile| profile["later"] = json!({ "x": [1] })), FINE),
        (Profile, kakao_profile(|profile| profile["id"] = json!("1")), FINE),
        (
            Profile,
            Behaviour::json(
                200,
                format!(
                    "\u{feff}{}",
                    madang_testkit::providers::profile(Service::Kakao, &Someone::new(1, "하늘"))
                ),
            ),
            FINE,
        ),
    ]
}

async fn a20_every_fault_of_kakao_has_its_code(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let mut had_account = false;
    for (index, (step, behaviour, (status, code))) in kakao_faults().into_iter().enumerate() {
        kakao.next(step, behaviour);
        let reply = log_in(&app, &kakao, &Someone::new(1, "하늘")).await;
        assert!(!reply.text().contains(LEAK), "{index}: {}", reply.text());
        if status == 200 {
            assert_eq!(reply.status, 200, "{index}: {}", reply.text());
            assert_eq!(reply.json()["firstLogin"], !had_account, "no fault left an account behind");
            had_account = true;
        } else {
            let found = (reply.status.as_u16(), text(&reply.json()["code"]));
            assert_eq!(found, (status, code.to_owned()), "{index}: {step:?}");
        }
        if status == 503 {
            assert!(reply.header("retry-after").is_some(), "{index}");
        }
    }
    app.stop().await;
}

async fn a20_every_fault_of_naver_has_its_code(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let app = start(db, &[&naver]).await;
    let refusal = |status, error: &str| {
        Behaviour::json(status, json!({ "error": error, "error_description": LEAK }).to_string())
    };
    let api = |status, code: &str| {
        Behaviour::json(status, json!({ "resultcode": code, "message": LEAK }).to_string())
    };
    let cases = [
        // Errors that come with 200.
        (Step::Token, refusal(200, "invalid_request"), CODE),
        (Step::Token, refusal(200, "unauthorized_client"), MISCONFIGURED),
        (Step::Token, refusal(200, "unsupported_response_type"), MISCONFIGURED),
        (Step::Token, refusal(200, "server_error"), UNAVAILABLE),
        (Step::Token, refusal(401, "unauthorized_client"), MISCONFIGURED),
        (Step::Token, refusal(500, "server_error"), UNAVAILABLE),
        (Step::Profile, api(401, "024"), UNTRUSTED),
        (Step::Profile, api(401, "028"), UNTRUSTED),
        (Step::Profile, api(403, "403"), CONSENT),
        (Step::Profile, api(500, "500"), UNAVAILABLE),
        (Step::Profile, api(200, "024"), UNTRUSTED),
        (Step::Profile, Behaviour::json(200, r#"{"resultcode":"00","response":{"id":"n1"}}"#), NO_EMAIL),
        (Step::Profile, Behaviour::json(200, r#"{"resultcode":"00","response":null}"#), UNTRUSTED),
    ];
    for (step, behaviour, (status, code)) in cases {
        let label = format!("{step:?} {behaviour:?}");
        naver.next(step, behaviour);
        let reply = log_in(&app, &naver, &Someone::new(1, "하늘")).await;
        assert!(!reply.text().contains(LEAK), "{label}");
        assert_eq!(
            (reply.status.as_u16(), text(&reply.json()["code"])),
            (status, code.to_owned()),
            "{label}"
        );
    }
    log_in(&app, &naver, &Someone::new(1, "하늘")).await.expect(200);
    app.stop().await;
}

/// No account is made before everything is known, so nothing stands in the way of the second try.
async fn a20_who_agrees_at_the_second_try_is_welcome(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let shy = Someone { email: None, ..Someone::new(1, "하늘") };
    refused(&log_in(&app, &kakao, &shy).await, NO_EMAIL.0, NO_EMAIL.1);
    let first = log_in(&app, &kakao, &Someone::new(1, "하늘")).await.expect(200);
    assert_eq!(first["firstLogin"], true);
    // Who is known may take the address back.
    let again = log_in(&app, &kakao, &shy).await.expect(200);
    assert_eq!(again["userId"], first["userId"]);
    app.stop().await;
}

async fn a20_a_provider_that_is_away_is_unavailable(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let call = finish(&app, &kakao, &back);
    drop(kakao);
    call.refused(UNAVAILABLE.0, UNAVAILABLE.1).await;
    app.stop().await;
}

async fn a20_states_are_checked(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let state = (422, "identity.oauth_state_invalid");
    for wrong in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let body = json!({ "code": back.code(), "state": wrong });
        app.post("/v1/auth/oauth/kakao/callback").json(body).refused(state.0, state.1).await;
    }
    refused(&finish(&app, &naver, &back).send().await, state.0, state.1);
    assert_eq!((kakao.exchanges(), naver.exchanges()), (0, 0));
    finish(&app, &kakao, &back).expect(200).await;
    refused(&finish(&app, &kakao, &back).send().await, state.0, state.1);
    assert_eq!(kakao.exchanges(), 1);
    for body in
        [json!({ "code": "a" }), json!({ "state": "b" }), json!({ "code": "", "state": "b" }), json!({})]
    {
        app.post("/v1/auth/oauth/kakao/callback").json(body).refused(422, "platform.invalid_fields").await;
    }
    // A code of another login, under a state of our own: PKCE tells them apart.
    let (mine, other) = (
        consent(&app, &kakao, &Someone::new(1, "하늘")).await,
        consent(&app, &kakao, &Someone::new(2, "바다")).await,
    );
    let body = json!({ "code": other.code(), "state": mine.state() });
    app.post("/v1/auth/oauth/kakao/callback").json(body).refused(CODE.0, CODE.1).await;
    app.stop().await;
}

async fn a20_who_cancels_hears_so(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    for (error, (status, code)) in [
        ("access_denied", (403, "identity.oauth_denied")),
        ("consent_required", (403, "identity.oauth_denied")),
        ("invalid_scope", MISCONFIGURED),
        ("server_error", UNAVAILABLE),
        ("<script>", UNTRUSTED),
    ] {
        let begun = begin(&app, &kakao, None).await;
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("error", error), ("error_description", LEAK), ("state", &text(&begun["state"]))])
            .finish();
        let reply = app.get(&format!("/v1/auth/oauth/kakao/callback?{query}")).send().await;
        refused(&reply, status, code);
        assert!(!reply.text().contains(LEAK) && !reply.text().contains("<script>"));
    }
    assert_eq!(kakao.exchanges(), 0);
    app.stop().await;
}

async fn a20_wrong_settings_are_ours_to_mend(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let app = madang_testkit::TestApp::start_with(
        db,
        |config| {
            kakao.configure(config);
            let keys = config.oauth.get_mut("kakao").unwrap();
            keys.insert("client_secret".to_owned(), "another".into());
        },
        |_| {},
    )
    .await;
    let reply = log_in(&app, &kakao, &Someone::new(1, "하늘")).await;
    refused(&reply, MISCONFIGURED.0, MISCONFIGURED.1);
    app.stop().await;
}
