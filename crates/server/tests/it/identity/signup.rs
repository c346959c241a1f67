//! A01–A06, A12: signing up and logging in.

use std::time::{Duration, Instant};

use madang_application::identity::{Credentials, SecurityEventQueries};
use madang_domain::{
    identity::{Email, security_event::SecurityEventKind},
    shared::Text,
};
use madang_infrastructure::sql::SqlStore;
use madang_testkit::{PASSWORD, TestApp, TestDb, text};
use serde_json::json;

use super::{fields, sign_up};

madang_testkit::on_every_database!(
    a01_signing_up_makes_an_account_and_shows_no_secret,
    a02_an_address_has_one_account_whatever_its_case,
    a02_of_many_who_race_for_a_name_one_wins,
    a03_and_a04_every_broken_rule_is_its_own_field_error,
    a04_the_nist_policy_asks_for_length_only,
    a04_composed_and_decomposed_passwords_are_one,
    a12_wrong_password_and_unknown_address_are_answered_alike,
    a12_a_guesser_is_stopped_and_the_owner_is_not,
    a12_a_weaker_hash_is_replaced_at_login,
    a12_a_suspended_account_is_refused_with_the_right_password_only,
    a24_a_login_with_a_live_refresh_token_is_refused,
    an_idempotent_sign_up_happens_once,
    p95_of_health_stays_low_under_logins,
);

async fn a01_signing_up_makes_an_account_and_shows_no_secret(db: TestDb) {
    let app = TestApp::start(db).await;
    let reply = sign_up(&app, json!({})).send().await;
    let account = reply.expect(201);
    assert_eq!(reply.header("location"), Some("/v1/me"));
    assert_eq!((&account["email"], &account["nickname"]), (&json!("haneul@example.com"), &json!("하늘")));
    assert_eq!(account["preferences"]["timeZone"], "Asia/Seoul");
    let told = reply.text();
    assert!(
        !told.contains(PASSWORD) && !told.contains("argon2") && !told.to_lowercase().contains("hash"),
        "{told}"
    );
    let pair = app.login("HANEUL@example.COM", PASSWORD).await;
    assert_eq!(pair["tokenType"], "Bearer");
    assert_eq!(pair["expiresIn"], 900);
    assert_eq!(pair["refreshExpiresIn"], 14 * 24 * 60 * 60);
    assert_eq!((&pair["userId"], &pair["firstLogin"]), (&account["id"], &json!(true)));
    assert_eq!(app.login("haneul@example.com", PASSWORD).await["firstLogin"], false);
    app.stop().await;
}

async fn a02_an_address_has_one_account_whatever_its_case(db: TestDb) {
    let app = TestApp::start(db).await;
    sign_up(&app, json!({})).expect(201).await;
    sign_up(&app, json!({ "email": "Haneul@Example.com", "nickname": "바다" }))
        .refused(409, "identity.email_taken")
        .await;
    sign_up(&app, json!({ "email": "sky@example.com" })).refused(409, "identity.nickname_taken").await;
    sign_up(&app, json!({ "email": "sky@example.com", "nickname": "Sky" })).expect(201).await;
    sign_up(&app, json!({ "email": "sky2@example.com", "nickname": "sKY" }))
        .refused(409, "identity.nickname_taken")
        .await;
    app.stop().await;
}

async fn a02_of_many_who_race_for_a_name_one_wins(db: TestDb) {
    let app = TestApp::start(db).await;
    let racers = (0..6).map(|n| {
        let body = json!({ "email": if n % 2 == 0 { "one@example.com" } else { "ONE@example.com" }, "nickname": format!("racer{n}") });
        sign_up(&app, body).send()
    });
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(racers).await.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
    app.stop().await;
}

async fn a03_and_a04_every_broken_rule_is_its_own_field_error(db: TestDb) {
    let app = TestApp::start(db).await;
    let problem = sign_up(&app, json!({ "email": "abc", "nickname": "a b", "password": "haneul", "passwordConfirmation": "x", "age": 1 }))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(
        fields(&problem),
        [
            "/age platform.unknown_field",
            "/email identity.email_invalid",
            "/nickname identity.nickname_invalid",
            "/password identity.password_needs_digit",
            "/password identity.password_needs_special",
            "/password identity.password_too_short",
            "/passwordConfirmation identity.password_mismatch",
        ]
    );
    for (changes, expected) in [
        (json!({ "email": "" }), "/email platform.required"),
        (json!({ "email": format!("{}@example.com", "a".repeat(300)) }), "/email platform.too_long"),
        (json!({ "password": "P@ssw0rd" }), "/password identity.password_common"),
        (json!({ "password": "My-haneul-42" }), "/password identity.password_contains_name"),
        (json!({ "password": "우리-하늘-42-ok" }), "/password identity.password_contains_name"),
        (json!({ "password": format!("Aa1-{}", "x".repeat(125)) }), "/password identity.password_too_long"),
        (json!({ "nickname": "가" }), "/nickname platform.too_short"),
        (json!({ "nickname": "가나다라마바사아자차카" }), "/nickname platform.too_long"),
        (json!({ "nickname": "하늘🙂" }), "/nickname identity.nickname_invalid"),
    ] {
        let problem = sign_up(&app, changes.clone()).refused(422, "platform.invalid_fields").await;
        assert_eq!(fields(&problem), [expected], "{changes}");
    }
    app.post("/v1/auth/signup").json(json!({ "email": 1 })).refused(400, "platform.wrong_type").await;
    app.stop().await;
}

async fn a04_the_nist_policy_asks_for_length_only(db: TestDb) {
    let nist = |config: &mut madang_server::config::Config| {
        config.identity.password_policy = madang_server::config::PasswordPolicy::Nist;
    };
    let app = TestApp::start_with(db, nist, |_| {}).await;
    let problem =
        sign_up(&app, json!({ "password": "Short-1234" })).refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/password identity.password_too_short"]);
    sign_up(&app, json!({ "password": "only small letters here" })).expect(201).await;
    app.stop().await;
}

async fn a04_composed_and_decomposed_passwords_are_one(db: TestDb) {
    let app = TestApp::start(db).await;
    sign_up(&app, json!({ "password": "caf\u{e9}-Latte-42" })).expect(201).await;
    app.login("haneul@example.com", "cafe\u{301}-Latte-42").await;
    app.stop().await;
}

async fn a12_wrong_password_and_unknown_address_are_answered_alike(db: TestDb) {
    let app = TestApp::start(db).await;
    sign_up(&app, json!({})).expect(201).await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("haneul@example.com", "Wrong-one-42"),
        ("nobody@example.com", PASSWORD),
        ("no address at all", PASSWORD),
        ("haneul@example.com", ""),
    ] {
        let begun = Instant::now();
        let mut problem = app
            .post("/v1/auth/login")
            .json(json!({ "email": email, "password": password }))
            .refused(401, "identity.bad_credentials")
            .await;
        problem["requestId"].take();
        answers.push(problem);
        assert!(begun.elapsed() > Duration::from_millis(10), "a hash was computed for {email}");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    app.stop().await;
}

async fn a12_a_guesser_is_stopped_and_the_owner_is_not(db: TestDb) {
    let limited = |config: &mut madang_server::config::Config| {
        config.rate_limits.enabled = true;
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    };
    let app = TestApp::start_with(db, limited, |_| {}).await;
    sign_up(&app, json!({})).expect(201).await;
    let attempt = |from: &str, password: &str| {
        app.post("/v1/auth/login")
            .header("x-forwarded-for", from)
            .json(json!({ "email": "haneul@example.com", "password": password }))
    };
    for _ in 0..10 {
        attempt("203.0.113.9", "Wrong-one-42").refused(401, "identity.bad_credentials").await;
    }
    let reply = attempt("203.0.113.9", "Wrong-one-42").send().await;
    reply.expect(429);
    assert_eq!(reply.json()["code"], "identity.too_many_attempts");
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    attempt("203.0.113.9", PASSWORD).refused(429, "identity.too_many_attempts").await;
    attempt("198.51.100.7", PASSWORD).expect(200).await;
    let events = app.running().container().get::<dyn SecurityEventQueries>().unwrap();
    let page = madang_domain::shared::PageRequest { limit: 10, after: None };
    let stopped = events.events(None, Some(SecurityEventKind::GuessingStopped), &page).await.unwrap().items;
    assert_eq!((stopped.len(), stopped[0].network.as_deref()), (1, Some("203.0.113.0/24")));
    assert!(stopped[0].subject.is_some());
    app.stop().await;
}

async fn set(app: &TestApp, column: &str, value: &str) {
    let store = app.running().container().get::<SqlStore>().unwrap();
    let text = format!("UPDATE users SET {column} = $1");
    store.execute(&text, [value.into()]).await.unwrap();
}

async fn a12_a_weaker_hash_is_replaced_at_login(db: TestDb) {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};

    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let credentials = app.running().container().get::<dyn Credentials>().unwrap();
    let email = Email::parse(&person.email).unwrap();
    let stored = async || credentials.by_email(&email).await.unwrap().unwrap().password_hash.unwrap();
    // What earlier versions may have used: less memory, fewer passes, another variant.
    for (variant, memory, passes) in [
        (Algorithm::Argon2id, 8_192, 2),
        (Algorithm::Argon2id, 4_096, 3),
        (Algorithm::Argon2id, 19_456, 1),
        (Algorithm::Argon2i, 19_456, 2),
    ] {
        let params = Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2::new(variant, Version::V0x13, params);
        let weak = argon2.hash_password_with_salt("Sunny-Day-42".as_bytes(), &[1; 16]).unwrap().to_string();
        set(&app, "password_hash", &weak).await;
        let wrong = json!({ "email": person.email, "password": "Wrong-one-42" });
        app.post("/v1/auth/login").json(wrong).refused(401, "identity.bad_credentials").await;
        assert_eq!(stored().await, weak, "only a good login replaces it");
        app.login(&person.email, "Sunny-Day-42").await;
        let hash = stored().await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{variant:?} {memory} {passes}: {hash}");
        app.login(&person.email, "Sunny-Day-42").await;
        assert_eq!(stored().await, hash, "what is strong enough stays");
    }
    app.stop().await;
}

async fn a12_a_suspended_account_is_refused_with_the_right_password_only(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    set(&app, "status", "suspended").await;
    let login = |password: &str| {
        app.post("/v1/auth/login").json(json!({ "email": person.email, "password": password }))
    };
    login(PASSWORD).refused(403, "identity.suspended").await;
    login("Wrong-one-42").refused(401, "identity.bad_credentials").await;
    app.post("/v1/auth/refresh")
        .json(json!({ "refreshToken": person.refresh }))
        .refused(403, "identity.suspended")
        .await;
    app.stop().await;
}

async fn a24_a_login_with_a_live_refresh_token_is_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let login = |token: &str| {
        app.post("/v1/auth/login")
            .header("x-refresh-token", token)
            .json(json!({ "email": person.email, "password": PASSWORD }))
    };
    login(&person.refresh).refused(403, "identity.already_logged_in").await;
    let body = json!({ "email": person.email, "password": PASSWORD, "refreshToken": person.refresh });
    app.post("/v1/auth/login").json(body).refused(403, "identity.already_logged_in").await;
    login("not a token").expect(200).await;
    app.post("/v1/auth/logout").json(json!({ "refreshToken": person.refresh })).expect(204).await;
    login(&person.refresh).expect(200).await;
    app.stop().await;
}

async fn an_idempotent_sign_up_happens_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let first = sign_up(&app, json!({})).header("idempotency-key", "k-1").send().await;
    let again = sign_up(&app, json!({})).header("idempotency-key", "k-1").send().await;
    assert_eq!(first.expect(201)["id"], again.expect(201)["id"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let pair = || {
        app.post("/v1/auth/login")
            .header("idempotency-key", "k-2")
            .json(json!({ "email": "haneul@example.com", "password": PASSWORD }))
            .expect(200)
    };
    assert_eq!(text(&pair().await["refreshToken"]), text(&pair().await["refreshToken"]));
    app.stop().await;
}

/// The real bound is a bench; this one notices when hashing starves the requests.
async fn p95_of_health_stays_low_under_logins(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let logins = futures_util::future::join_all((0..60).map(|_| {
        app.post("/v1/auth/login").json(json!({ "email": person.email, "password": PASSWORD })).send()
    }));
    let health = async {
        let mut waits = Vec::new();
        for _ in 0..40 {
            let begun = Instant::now();
            app.get("/health/live").expect(200).await;
            waits.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        waits.sort_unstable();
        waits[37]
    };
    let (replies, p95) = tokio::join!(logins, health);
    for reply in replies {
        assert!([200, 503].contains(&reply.status.as_u16()), "{}", reply.text());
    }
    assert!(p95 < Duration::from_secs(2), "{p95:?}");
    app.stop().await;
}
