//! A18, A19, A21, A22, A24, A28: the way in.

use std::collections::BTreeSet;

use madang_testkit::{
    TestDb,
    providers::{REDIRECT, Service, Someone, StandIn},
    text,
};
use serde_json::json;
use url::Url;

use super::{begin, consent, finish, log_in, me, refused, start, with_kakao};

madang_testkit::on_every_database!(
    a18_somebody_new_gets_an_account_and_comes_back_to_it,
    a18_what_the_client_says_about_the_address_is_ignored,
    a18_providers_are_listed,
    a18_naver_tells_addresses_that_prove_nothing,
    a18_openid_connect_at_kakao_and_naver,
    a18_items_are_asked_for_in_each_providers_own_way,
    a19_each_profile_has_its_own_address,
    a19_a_code_is_good_only_for_the_address_it_was_sent_to,
    a22_a_name_that_clashes_or_does_not_fit_never_fails_a_login,
    a24_nobody_who_is_logged_in_logs_in,
    a28_the_token_names_the_person,
    browsers_are_sent_and_come_back_with_their_cookie,
    two_tabs_log_the_same_person_in_once,
    a_repeated_request_gets_the_first_answer,
    b07_social_users_have_no_password_to_change,
    a26_a_social_user_withdraws_without_a_password,
);

fn query(url: &str) -> std::collections::HashMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

async fn a18_somebody_new_gets_an_account_and_comes_back_to_it(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(9_007_199_254_740_993, "하늘");
    let begun = begin(&app, &kakao, None).await;
    let asked = query(&text(&begun["authorizationUrl"]));
    assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!(asked["state"], text(&begun["state"]));
    assert!(asked["nonce"].len() >= 43 && asked["state"].len() >= 43 && asked["code_challenge"].len() == 43);

    let first = log_in(&app, &kakao, &sky).await.expect(200);
    assert_eq!((&first["tokenType"], &first["firstLogin"]), (&json!("Bearer"), &json!(true)));
    assert_eq!(first["profileComplete"], false);
    let account = me(&app, &first).await;
    assert_eq!(account["nickname"], "하늘");
    assert_eq!(account["email"], json!(sky.email));
    assert_eq!((&account["emailVerified"], &account["provider"]), (&json!(true), &json!("kakao")));
    assert_eq!(account["linkedProviders"], json!(["kakao"]));

    let again = log_in(&app, &kakao, &sky.clone().with_email("moved@kakao.example")).await.expect(200);
    assert_eq!((&again["userId"], &again["firstLogin"]), (&first["userId"], &json!(false)));
    assert_eq!(me(&app, &again).await["email"], json!(sky.email), "the account's address is its own");
    let refreshed =
        app.post("/v1/auth/refresh").json(json!({ "refreshToken": again["refreshToken"] })).expect(200).await;
    assert_eq!(refreshed["userId"], first["userId"]);
    app.settle().await;
    let calendars = app.get("/v1/calendars").bearer(text(&first["accessToken"])).expect(200).await;
    assert_eq!(calendars["items"].as_array().unwrap().len(), 1, "what everybody gets who signs up");
    app.stop().await;
}

async fn a18_what_the_client_says_about_the_address_is_ignored(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let victim = app.person("바다").await;
    let sky = Someone::new(1, "하늘");
    let mut body = consent(&app, &kakao, &sky).await.body();
    body["email"] = json!(victim.email);
    let pair = app.post("/v1/auth/oauth/kakao/callback").json(body).expect(200).await;
    assert_eq!(me(&app, &pair).await["email"], json!(sky.email));
    app.stop().await;
}

async fn a18_providers_are_listed(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&naver, &kakao]).await;
    let list = app.get("/v1/auth/oauth/providers").expect(200).await;
    let expected = json!({ "items": [
        { "provider": "kakao", "displayName": "Kakao" }, { "provider": "naver", "displayName": "Naver" },
    ] });
    assert_eq!(list, expected);
    app.get("/v1/auth/oauth/google/authorize").refused(404, "platform.not_found").await;
    let body = json!({ "code": "a", "state": "b" });
    app.post("/v1/auth/oauth/google/callback").json(body).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn a18_naver_tells_addresses_that_prove_nothing(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let app = start(db, &[&naver]).await;
    let pair = log_in(&app, &naver, &Someone::new(1, "하늘")).await.expect(200);
    let account = me(&app, &pair).await;
    assert_eq!((&account["emailVerified"], &account["provider"]), (&json!(false), &json!("naver")));
    assert_eq!(account["email"], "person1@kakao.example");
    app.stop().await;
}

async fn a18_openid_connect_at_kakao_and_naver(db: TestDb) {
    let (kakao, naver) =
        (StandIn::start_oidc(Service::Kakao).await, StandIn::start_oidc(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    for (provider, key) in [(&kakao, 1), (&naver, 2)] {
        let someone = Someone::new(key, "하늘");
        let asked = query(&text(&begin(&app, provider, None).await["authorizationUrl"]));
        assert_eq!(asked["scope"], "openid");
        let first = log_in(&app, provider, &someone).await.expect(200);
        provider.signer().rotate();
        let again = log_in(&app, provider, &someone).await.expect(200);
        assert_eq!(first["userId"], again["userId"], "its keys may change between two logins");
    }
    app.stop().await;
}

/// KOE205: an application that did not set up an item is refused when it asks for it, so nothing is
/// asked for but what operators write down.
async fn a18_items_are_asked_for_in_each_providers_own_way(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let configure = |config: &mut madang_server::config::Config| {
        kakao.configure(config);
        naver.configure(config);
        let keys = config.oauth.get_mut("kakao").unwrap();
        keys.insert("scope".to_owned(), "account_email profile_nickname".into());
    };
    let app = madang_testkit::TestApp::start_with(db, configure, |_| {}).await;
    let asked = query(&text(&begin(&app, &kakao, None).await["authorizationUrl"]));
    assert_eq!(asked["scope"], "account_email,profile_nickname", "commas, which only Kakao wants");
    let asked = query(&text(&begin(&app, &naver, None).await["authorizationUrl"]));
    assert!(!asked.contains_key("scope"), "Naver's plain protocol knows none");
    log_in(&app, &kakao, &Someone::new(1, "하늘")).await.expect(200);
    app.stop().await;
}

async fn a19_each_profile_has_its_own_address(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let path = "/v1/auth/oauth/kakao/authorize";
    let own = REDIRECT.replace("{provider}", "kakao");
    for (query_text, address) in [
        ("", own.as_str()),
        ("?redirectProfile=default", &own),
        ("?redirectProfile=production", "https://www.example/login"),
    ] {
        let begun = app.get(&format!("{path}{query_text}")).expect(200).await;
        let url = text(&begun["authorizationUrl"]);
        assert_eq!(query(&url)["redirect_uri"], address);
        let back = kakao.consent(&url, &Someone::new(1, "하늘")).await;
        assert_eq!(back.redirect, address);
        finish(&app, &kakao, &back).expect(200).await;
    }
    let unknown = app.get(&format!("{path}?redirectProfile=staging"));
    unknown.refused(422, "identity.redirect_profile_unknown").await;
    app.stop().await;
}

async fn a19_a_code_is_good_only_for_the_address_it_was_sent_to(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let someone = Someone::new(1, "하늘");
    let begun = begin(&app, &kakao, None).await;
    let url = text(&begun["authorizationUrl"]).replace("app.example", "www.example");
    let back = kakao.consent(&url, &someone).await;
    refused(&finish(&app, &kakao, &back).send().await, 503, "identity.oauth_misconfigured");
    let elsewhere =
        text(&begin(&app, &kakao, None).await["authorizationUrl"]).replace("app.example", "evil.example");
    assert_eq!(kakao.page(&elsewhere, &someone).await, 400, "KOE006 is a page; nobody is sent anywhere");
    app.stop().await;
}

async fn a22_a_name_that_clashes_or_does_not_fit_never_fails_a_login(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    app.person("하늘").await;
    let mut names = BTreeSet::from(["하늘".to_owned()]);
    for (key, nickname) in
        ["하늘", "하늘", "ㅋ", "", "🙂🙂", "a", "아주아주아주아주아주긴이름입니다", "Kim Haneul"]
            .iter()
            .enumerate()
    {
        let someone = Someone::new(u64::try_from(key).unwrap() + 1, nickname);
        let pair = log_in(&app, &kakao, &someone).await.expect(200);
        let given = text(&me(&app, &pair).await["nickname"]);
        assert!((2..=10).contains(&given.chars().count()), "{given}");
        assert!(names.insert(given), "every nickname is its owner's alone");
    }
    assert!(names.contains("KimHaneul"));
    app.stop().await;
}

async fn a24_nobody_who_is_logged_in_logs_in(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let person = app.person("바다").await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let call = || finish(&app, &kakao, &back);
    call().header("x-refresh-token", &person.refresh).refused(403, "identity.already_logged_in").await;
    call().bearer(&person.token).refused(403, "identity.already_logged_in").await;
    assert_eq!(kakao.exchanges(), 0);
    call().expect(200).await;
    app.stop().await;
}

async fn a28_the_token_names_the_person(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let pair = log_in(&app, &kakao, &Someone::new(1, "하늘")).await.expect(200);
    let says =
        app.post("/v1/auth/introspect").json(json!({ "token": pair["accessToken"] })).expect(200).await;
    assert_eq!((&says["active"], &says["sub"]), (&json!(true), &pair["userId"]));
    assert_eq!(me(&app, &pair).await["id"], says["sub"]);
    app.stop().await;
}

async fn browsers_are_sent_and_come_back_with_their_cookie(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sent = app.get("/v1/auth/oauth/kakao/authorize").header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!(sent.status, 302, "{}", sent.text());
    let cookie = sent.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(sent.header("cache-control"), Some("no-store"));
    let back = kakao.consent(sent.header("location").unwrap(), &Someone::new(1, "하늘")).await;
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&back.fields).finish();
    let callback = || app.get(&format!("/v1/auth/oauth/kakao/callback?{query}"));
    // Somebody else's browser must not be logged into this account.
    callback().refused(422, "identity.oauth_state_invalid").await;
    callback().header("cookie", "madang-oauth=x").refused(422, "identity.oauth_state_invalid").await;
    let came = callback().header("cookie", cookie.split(';').next().unwrap()).send().await;
    let pair = came.expect(200);
    assert_eq!(pair["refreshToken"], json!(null));
    let cookies: Vec<_> =
        came.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("madang-refresh=")), "{cookies:?}");
    callback()
        .header("cookie", cookie.split(';').next().unwrap())
        .refused(422, "identity.oauth_state_invalid")
        .await;

    // A program may take the same way; a browser that was not sent by us may not.
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&back.fields).finish();
    let callback = || app.get(&format!("/v1/auth/oauth/kakao/callback?{query}"));
    callback().header("sec-fetch-site", "cross-site").refused(422, "identity.oauth_state_invalid").await;
    let came = callback().send().await;
    assert!(text(&came.expect(200)["refreshToken"]).len() > 20, "a program keeps no cookies");
    let mut cookies = came.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    assert!(cookies.all(|cookie| !cookie.starts_with("madang-refresh=")), "nobody is logged in by a link");
    for path in ["?code=a", "?state=b", ""] {
        app.get(&format!("/v1/auth/oauth/kakao/callback{path}"))
            .refused(422, "platform.invalid_fields")
            .await;
    }
    app.stop().await;
}

async fn two_tabs_log_the_same_person_in_once(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(1, "하늘");
    let (one, other) = (consent(&app, &kakao, &sky).await, consent(&app, &kakao, &sky).await);
    let (first, second) = (finish(&app, &kakao, &one), finish(&app, &kakao, &other));
    let (first, second) = tokio::join!(first.send(), second.send());
    let (first, second) = (first.expect(200), second.expect(200));
    assert_eq!(first["userId"], second["userId"]);
    assert_ne!(first["firstLogin"], second["firstLogin"]);
    // The same tab twice: the code goes to the provider once.
    let back = consent(&app, &kakao, &sky).await;
    let before = kakao.exchanges();
    let (first, second) = (finish(&app, &kakao, &back), finish(&app, &kakao, &back));
    let (first, second) = tokio::join!(first.send(), second.send());
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!((statuses, kakao.exchanges() - before), ([200, 422], 1));
    app.stop().await;
}

async fn a_repeated_request_gets_the_first_answer(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let call = || finish(&app, &kakao, &back).header("idempotency-key", "0123456789abcdef");
    let first = call().expect(200).await;
    let again = call().send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((again.expect(200), kakao.exchanges()), (first, 1));
    app.stop().await;
}

async fn b07_social_users_have_no_password_to_change(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let pair = log_in(&app, &kakao, &Someone::new(1, "하늘")).await.expect(200);
    app.put("/v1/me/password")
        .bearer(text(&pair["accessToken"]))
        .json(json!({ "currentPassword": "x", "newPassword": madang_testkit::PASSWORD }))
        .refused(409, "identity.no_password")
        .await;
    app.stop().await;
}

async fn a26_a_social_user_withdraws_without_a_password(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(1, "하늘");
    let first = log_in(&app, &kakao, &sky).await.expect(200);
    app.delete("/v1/me").bearer(text(&first["accessToken"])).expect(204).await;
    app.get("/v1/me").bearer(text(&first["accessToken"])).refused(401, "identity.session_ended").await;
    // Kakao ends every token of theirs when it hears of it.
    app.settle().await;
    let again = log_in(&app, &kakao, &sky).await.expect(200);
    assert_ne!(again["userId"], first["userId"]);
    assert_eq!((&again["firstLogin"], &me(&app, &again).await["nickname"]), (&json!(true), &json!("하늘")));
    app.stop().await;
}
