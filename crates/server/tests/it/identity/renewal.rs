//! A13, A15: access tokens are renewed within requests, and their keys are rotated.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use madang_application::shared::Clock;
use madang_infrastructure::identity::PrepareKeys;
use madang_testkit::{PASSWORD, Person, Reply, TestApp, TestClock, TestDb, text};
use serde_json::{Value, json};

use super::refused_soon;

madang_testkit::on_every_database!(
    a15_an_expired_token_is_renewed_within_a_request,
    a15_only_a_live_refresh_token_of_the_same_session_renews,
    a15_a_replayed_refresh_token_ends_the_session_here_too,
    a13_keys_rotate_and_nobody_is_logged_out,
);

async fn later(db: TestDb) -> (TestApp, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let ours = Arc::clone(&clock);
    let replace = |registry: &mut madang_container::Registry| {
        registry.replace(move || Arc::clone(&ours) as Arc<dyn Clock>);
    };
    (TestApp::start_with(db, |_| {}, replace).await, clock)
}

async fn ask(app: &TestApp, path: &str, person: &Person, refresh: &str) -> Reply {
    app.get(path).bearer(&person.token).header("x-refresh-token", refresh).send().await
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn key(token: &str) -> String {
    let header: Value =
        serde_json::from_slice(&BASE64.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    text(&header["kid"])
}

async fn a15_an_expired_token_is_renewed_within_a_request(db: TestDb) {
    let (app, clock) = later(db).await;
    let person = app.person("하늘").await;
    let reply = ask(&app, "/v1/me", &person, &person.refresh).await;
    assert_eq!((reply.expect(200)["id"].clone(), reply.header("x-access-token")), (json!(person.id), None));
    clock.advance(Duration::from_mins(16));
    app.get("/v1/me").bearer(&person.token).refused(401, "identity.token_expired").await;
    let reply = ask(&app, "/v1/me", &person, &person.refresh).await;
    assert_eq!(reply.expect(200)["id"], json!(person.id));
    let fresh = reply.header("x-access-token").expect("a fresh token").to_owned();
    assert_eq!(claims(&fresh)["sid"], claims(&person.token)["sid"]);
    let cached = reply.header("cache-control").unwrap_or_default();
    assert!(cached.contains("no-store"), "{cached}");
    app.get("/v1/me").bearer(&fresh).expect(200).await;
    // Errors carry it as well, and writes are served.
    let reply = ask(&app, "/v1/posts/019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69", &person, &person.refresh).await;
    reply.expect(404);
    assert!(reply.header("x-access-token").is_some());
    let reply = app
        .patch("/v1/me")
        .bearer(&person.token)
        .header("x-refresh-token", &person.refresh)
        .json(json!({ "bio": "달리기" }))
        .send()
        .await;
    assert_eq!(reply.expect(200)["bio"], "달리기");
    // Nothing was rotated.
    app.post("/v1/auth/refresh").json(json!({ "refreshToken": person.refresh })).expect(200).await;
    app.stop().await;
}

async fn a15_only_a_live_refresh_token_of_the_same_session_renews(db: TestDb) {
    let (app, clock) = later(db).await;
    let (person, other) = (app.person("하늘").await, app.person("바다").await);
    let elsewhere = text(&app.login(&person.email, PASSWORD).await["refreshToken"]);
    clock.advance(Duration::from_mins(16));
    for refresh in [&other.refresh, &elsewhere, &"A".repeat(43), "x", ""] {
        let reply = ask(&app, "/v1/me", &person, refresh).await;
        assert_eq!(reply.expect(401)["code"], "identity.token_expired");
        assert_eq!(reply.header("x-access-token"), None);
    }
    let forged = Person { token: format!("{}x", person.token), ..person.clone() };
    ask(&app, "/v1/me", &forged, &person.refresh).await.expect(401);
    app.post("/v1/auth/logout").json(json!({ "refreshToken": person.refresh })).expect(204).await;
    ask(&app, "/v1/me", &person, &person.refresh).await.expect(401);
    clock.advance(Duration::from_hours(24 * 15));
    ask(&app, "/v1/me", &other, &other.refresh).await.expect(401);
    app.stop().await;
}

async fn a15_a_replayed_refresh_token_ends_the_session_here_too(db: TestDb) {
    let (app, clock) = later(db).await;
    let person = app.person("하늘").await;
    let refresh = async |token: &str| {
        let body = json!({ "refreshToken": token });
        app.post("/v1/auth/refresh").json(body).expect(200).await
    };
    let second = text(&refresh(&person.refresh).await["refreshToken"]);
    let third = refresh(&second).await;
    clock.advance(Duration::from_mins(16));
    ask(&app, "/v1/me", &person, &person.refresh).await.expect(401);
    app.post("/v1/auth/refresh")
        .json(json!({ "refreshToken": third["refreshToken"] }))
        .refused(401, "identity.session_ended")
        .await;
    app.stop().await;
}

async fn a13_keys_rotate_and_nobody_is_logged_out(db: TestDb) {
    let url = db.url().to_owned();
    let app = TestApp::start(db).await;
    let other = super::sessions::elsewhere(&app, &url).await;
    let there = format!("http://{}", other.address);
    let person = app.person("하늘").await;
    let first = key(&person.token);
    let second = app.running().container().get::<PrepareKeys>().unwrap().rotate().await.unwrap();
    let login = async |base: &str| {
        let body = json!({ "email": person.email, "password": PASSWORD });
        let pair = app.post(&format!("{base}/v1/auth/login")).json(body).expect(200).await;
        text(&pair["accessToken"])
    };
    let begun = Instant::now();
    loop {
        // Whichever key signed it, every process takes the token at once.
        for (here, elsewhere) in [(app.base(), there.as_str()), (&there, app.base())] {
            let token = login(here).await;
            assert!([&first, &second].contains(&&key(&token)));
            app.get(&format!("{elsewhere}/v1/me")).bearer(&token).expect(200).await;
            app.get(&format!("{elsewhere}/v1/me")).bearer(&person.token).expect(200).await;
        }
        if key(&login(app.base()).await) == second && key(&login(&there).await) == second {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the new key does not sign");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for base in [app.base(), &there] {
        let keys = app.get(&format!("{base}/.well-known/jwks.json")).expect(200).await;
        let ids: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"])).collect();
        assert_eq!(ids, [second.clone(), first.clone()]);
    }
    refused_soon(&app, &{
        let token = login(&there).await;
        app.post(&format!("{there}/v1/auth/logout")).bearer(&token).expect(204).await;
        token
    })
    .await;
    other.stop().await;
    app.stop().await;
}
