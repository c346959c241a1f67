//! A14, A17, A26: continuing and ending sessions.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use madang_application::shared::Clock;
use madang_container::Registry;
use madang_server::config::Config;
use madang_testkit::{Call, PASSWORD, Person, TestApp, TestClock, TestDb, text};
use serde_json::{Value, json};

use super::refused_soon;

madang_testkit::on_every_database!(
    a14_refreshing_rotates_and_old_tokens_end_the_session,
    a14_racing_tabs_get_one_successor_and_stay_logged_in,
    a17_after_logout_both_tokens_are_dead,
    a17_one_session_ends_and_the_others_live,
    a17_who_did_not_hear_that_all_sessions_ended_is_told_again,
    a17_the_cookie_is_set_used_guarded_and_cleared,
    a17_another_process_refuses_within_a_second,
    a26_withdrawal_erases_at_once_and_frees_the_names,
    b06_a_new_password_needs_the_old_one_and_ends_other_sessions,
    a_session_and_its_tokens_grow_old,
);

fn refresh(app: &TestApp, token: &str) -> Call {
    app.post("/v1/auth/refresh").json(json!({ "refreshToken": token }))
}

async fn refreshed(app: &TestApp, token: &str) -> String {
    text(&refresh(app, token).expect(200).await["refreshToken"])
}

fn me(app: &TestApp, token: &str) -> Call {
    app.get("/v1/me").bearer(token)
}

async fn a14_refreshing_rotates_and_old_tokens_end_the_session(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let second = refreshed(&app, &person.refresh).await;
    assert_eq!(refreshed(&app, &person.refresh).await, second, "a lost answer is given again");
    let third = refreshed(&app, &second).await;
    refresh(&app, &person.refresh).refused(401, "identity.refresh_token_reused").await;
    refresh(&app, &third).refused(401, "identity.session_ended").await;
    refused_soon(&app, &person.token).await;
    for token in ["", "x", &person.token, &"A".repeat(43)] {
        refresh(&app, token).refused(401, "identity.refresh_token_invalid").await;
    }
    app.login(&person.email, PASSWORD).await;
    app.stop().await;
}

async fn a14_racing_tabs_get_one_successor_and_stay_logged_in(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let mut token = person.refresh.clone();
    for _ in 0..5 {
        let racers = (0..12).map(|_| refresh(&app, &token).send());
        let (begun, replies) = (Instant::now(), futures_util::future::join_all(racers).await);
        let mut successors: Vec<String> =
            replies.iter().map(|reply| text(&reply.expect(200)["refreshToken"])).collect();
        successors.sort_unstable();
        successors.dedup();
        // Ten seconds later the same answer is not given any more, and a machine may stand still.
        let late = begun.elapsed() > madang_domain::identity::session::REPEAT_WINDOW;
        assert!(successors.len() == 1 || late, "one successor for all");
        token = if late { refreshed(&app, &token).await } else { successors.remove(0) };
    }
    refresh(&app, &token).expect(200).await;
    app.stop().await;
}

async fn a17_after_logout_both_tokens_are_dead(db: TestDb) {
    let app = TestApp::start(db).await;
    let (one, other) = (app.person("하늘").await, app.person("바다").await);
    let reply = app.post("/v1/auth/logout").json(json!({ "refreshToken": one.refresh })).send().await;
    reply.expect(204);
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
    refresh(&app, &one.refresh).refused(401, "identity.session_ended").await;
    refused_soon(&app, &one.token).await;
    me(&app, &other.token).expect(200).await;
    app.post("/v1/auth/logout").bearer(&other.token).expect(204).await;
    refresh(&app, &other.refresh).refused(401, "identity.session_ended").await;
    // With nothing to end, and again, it is as it should be.
    app.post("/v1/auth/logout").expect(204).await;
    app.post("/v1/auth/logout").bearer(&one.token).expect(204).await;
    app.post("/v1/auth/logout").bearer("nonsense").refused(401, "identity.token_invalid").await;
    app.post("/v1/auth/logout").json(json!({ "refreshToken": one.refresh })).expect(204).await;
    app.stop().await;
}

async fn a17_one_session_ends_and_the_others_live(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let phone = app
        .post("/v1/auth/login")
        .header("user-agent", "phone")
        .json(json!({ "email": person.email, "password": PASSWORD }))
        .expect(200)
        .await;
    let list = app.get("/v1/auth/sessions").bearer(&person.token).expect(200).await;
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["id"]), (2, &phone["sessionId"]));
    assert_eq!((&items[0]["userAgent"], &items[0]["current"]), (&json!("phone"), &json!(false)));
    assert_eq!((&items[1]["address"], &items[1]["current"]), (&json!("127.0.0.1"), &json!(true)));

    let stranger = app.person("바다").await;
    let path = format!("/v1/auth/sessions/{}", text(&phone["sessionId"]));
    app.delete(&path).bearer(&stranger.token).refused(404, "platform.not_found").await;
    app.delete("/v1/auth/sessions/1").bearer(&person.token).refused(404, "platform.not_found").await;
    app.delete(&path).bearer(&person.token).expect(204).await;
    app.delete(&path).bearer(&person.token).refused(404, "platform.not_found").await;
    refused_soon(&app, &text(&phone["accessToken"])).await;
    me(&app, &person.token).expect(200).await;

    app.login(&person.email, PASSWORD).await;
    app.post("/v1/auth/logout-all").bearer(&person.token).expect(204).await;
    refused_soon(&app, &person.token).await;
    let again = app.login(&person.email, PASSWORD).await;
    let list = app.get("/v1/auth/sessions").bearer(text(&again["accessToken"])).expect(200).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    app.stop().await;
}

async fn a17_who_did_not_hear_that_all_sessions_ended_is_told_again(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let ask = |path: &str, key: &str| app.post(path).bearer(&person.token).header("idempotency-key", key);
    let write = |key: &str| ask("/v1/posts", key).json(json!({ "text": "hello", "visibility": "public" }));
    write("post").expect(201).await;
    let all = "/v1/auth/logout-all";
    let first = ask(all, "all").send().await;
    first.expect(204);
    assert_eq!(first.header("idempotency-replayed"), None);
    refused_soon(&app, &person.token).await;
    let again = app.login(&person.email, PASSWORD).await;
    for _ in 0..2 {
        let told = ask(all, "all").send().await;
        told.expect(204);
        assert_eq!(told.header("idempotency-replayed"), Some("true"));
    }
    // It is told, and ends nothing; and nothing else is told, or done.
    me(&app, &text(&again["accessToken"])).expect(200).await;
    ask(all, "another").refused(401, "identity.session_ended").await;
    app.post(all).bearer(&person.token).refused(401, "identity.session_ended").await;
    write("post").refused(401, "identity.session_ended").await;
    app.post(all)
        .bearer("forged")
        .header("idempotency-key", "all")
        .refused(401, "identity.token_invalid")
        .await;
    let stranger = app.person("바다").await;
    let hers = app.post(all).bearer(&stranger.token).header("idempotency-key", "all").send().await;
    hers.expect(204);
    assert_eq!(hers.header("idempotency-replayed"), None, "keys are each person's own");
    app.stop().await;
}

async fn a17_the_cookie_is_set_used_guarded_and_cleared(db: TestDb) {
    let https = |config: &mut Config| {
        config.http.public_url = Some("https://madang.example".parse().unwrap());
    };
    let app = TestApp::start_with(db, https, |_| {}).await;
    let person = app.person("하늘").await;
    let body = json!({ "email": person.email, "password": PASSWORD, "transport": "cookie" });
    let reply = app.post("/v1/auth/login").json(body).send().await;
    assert_eq!(reply.expect(200)["refreshToken"], Value::Null);
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    for part in ["__Host-madang-refresh=", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let refresh = || app.post("/v1/auth/refresh").header("cookie", &cookie);
    refresh()
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .refused(403, "identity.cross_site")
        .await;
    let reply = refresh().header("origin", "https://madang.example").send().await;
    assert_eq!(reply.expect(200)["refreshToken"], Value::Null);
    let rotated = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(rotated, cookie);
    let reply = app.post("/v1/auth/logout").header("cookie", &rotated).send().await;
    reply.expect(204);
    assert!(reply.header("set-cookie").unwrap().starts_with("__Host-madang-refresh=;"));
    app.post("/v1/auth/refresh").header("cookie", &rotated).refused(401, "identity.session_ended").await;
    app.stop().await;
}

async fn a17_another_process_refuses_within_a_second(db: TestDb) {
    let url = db.url().to_owned();
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let other = elsewhere(&app, &url).await;
    let there = format!("http://{}", other.address);
    app.get(&format!("{there}/v1/me")).bearer(&person.token).expect(200).await;
    app.post("/v1/auth/logout").bearer(&person.token).expect(204).await;
    let body = json!({ "refreshToken": person.refresh });
    app.post(&format!("{there}/v1/auth/refresh")).json(body).refused(401, "identity.session_ended").await;
    let begun = Instant::now();
    while app.get(&format!("{there}/v1/me")).bearer(&person.token).send().await.status == 200 {
        // A second is promised; a busy machine may need more.
        assert!(begun.elapsed() < Duration::from_secs(15), "still let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.stop().await;
    // A process that starts later refuses from its first request on.
    let later = elsewhere(&app, &url).await;
    let path = format!("http://{}/v1/me", later.address);
    app.get(&path).bearer(&person.token).refused(401, "identity.session_ended").await;
    later.stop().await;
    app.stop().await;
}

/// A second process on the same database, which writes mail into the same folder: whichever of the
/// two comes first sends it.
pub(super) async fn elsewhere(app: &TestApp, url: &str) -> madang_server::app::Running {
    elsewhere_with(app, url, |_| {}).await
}

/// The same with another configuration.
pub(super) async fn elsewhere_with(
    app: &TestApp,
    url: &str,
    configure: impl FnOnce(&mut Config),
) -> madang_server::app::Running {
    let mut config = Config { data_dir: app.data().to_owned(), ..Config::default() };
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.http.internal_listen = ([127, 0, 0, 1], 0).into();
    config.rate_limits.enabled = false;
    configure(&mut config);
    config.database.url = Some(url.into());
    madang_server::app::start(config, |_| {}).await.expect("the program starts")
}

async fn a26_withdrawal_erases_at_once_and_frees_the_names(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let withdraw = |body: Value| app.delete("/v1/me").bearer(&person.token).json(body);
    app.delete("/v1/me").refused(401, "platform.unauthenticated").await;
    withdraw(json!({ "password": "Wrong-one-42" })).refused(422, "platform.invalid_fields").await;
    let problem = app.delete("/v1/me").bearer(&person.token).refused(422, "platform.invalid_fields").await;
    assert_eq!(super::fields(&problem), ["/password platform.required"]);
    withdraw(json!({ "password": PASSWORD })).expect(204).await;
    refused_soon(&app, &person.token).await;
    refresh(&app, &person.refresh).refused(401, "identity.refresh_token_invalid").await;
    app.post("/v1/auth/login")
        .json(json!({ "email": person.email, "password": PASSWORD }))
        .refused(401, "identity.bad_credentials")
        .await;
    let other = app.person("바다").await;
    let path = format!("/v1/users/{}", person.id);
    app.get(&path).bearer(&other.token).refused(404, "platform.not_found").await;
    super::sign_up(&app, json!({ "email": person.email, "nickname": "하늘" })).expect(201).await;
    app.stop().await;
}

async fn b06_a_new_password_needs_the_old_one_and_ends_other_sessions(db: TestDb) {
    const NEW: &str = "Another-Horse-43";
    let app = TestApp::start(db).await;
    let person: Person = app.person("하늘").await;
    let elsewhere = app.login(&person.email, PASSWORD).await;
    let change = |current: &str, new: &str| {
        let body = json!({ "currentPassword": current, "newPassword": new });
        app.put("/v1/me/password").bearer(&person.token).json(body)
    };
    for (current, new, expected) in [
        ("Wrong-one-42", NEW, "/currentPassword identity.password_wrong"),
        (PASSWORD, PASSWORD, "/newPassword identity.password_unchanged"),
        (PASSWORD, "P@ssw0rd", "/newPassword identity.password_common"),
    ] {
        let problem = change(current, new).refused(422, "platform.invalid_fields").await;
        assert_eq!(super::fields(&problem), [expected]);
    }
    app.put("/v1/me/password")
        .bearer(&person.token)
        .json(json!({ "newPassword": NEW }))
        .refused(422, "platform.invalid_fields")
        .await;
    change(PASSWORD, NEW).expect(204).await;
    me(&app, &person.token).expect(200).await;
    refused_soon(&app, &text(&elsewhere["accessToken"])).await;
    app.login(&person.email, NEW).await;
    app.post("/v1/auth/login")
        .json(json!({ "email": person.email, "password": PASSWORD }))
        .refused(401, "identity.bad_credentials")
        .await;
    app.stop().await;
}

async fn a_session_and_its_tokens_grow_old(db: TestDb) {
    let clock = Arc::new(TestClock::default());
    let mine = Arc::clone(&clock);
    let standing = |registry: &mut Registry| {
        registry.replace(move || Arc::clone(&mine) as Arc<dyn Clock>);
    };
    let app = TestApp::start_with(db, |_| {}, standing).await;
    let person = app.person("하늘").await;
    let lives = Config::default().identity;
    me(&app, &person.token).expect(200).await;
    clock.advance(Duration::from_secs(lives.access_token_seconds));
    me(&app, &person.token).refused(401, "identity.token_expired").await;
    let next = refreshed(&app, &person.refresh).await;
    clock.advance(Duration::from_secs(lives.refresh_token_seconds));
    refresh(&app, &next).refused(401, "identity.refresh_token_expired").await;
    app.stop().await;
}
