//! A23: who owns an address, and what it takes to link.

use madang_testkit::{
    PASSWORD, TestApp, TestDb,
    providers::{Service, Someone, StandIn},
    text,
};
use serde_json::json;

use super::{begin, consent, finish, link, linked, log_in, me, refused, start, with_kakao};

madang_testkit::on_every_database!(
    a23_an_address_that_another_account_proved_asks_for_a_link,
    a23_a_link_needs_both_sides,
    a23_an_unproven_address_blocks_nobody_and_owns_nothing,
    a23_a_proven_owner_takes_the_address_from_a_squatter,
    a23_a_login_opens_one_account,
    a23_the_last_way_in_stays,
    a23_who_recovers_an_unproven_account_shuts_every_other_door,
    a23_a_stated_address_becomes_ones_own_with_a_code,
    a23_a_link_that_was_begun_ends_with_the_session,
);

async fn a23_an_address_that_another_account_proved_asks_for_a_link(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let sky = Someone::new(1, "하늘").with_email("Sky@Example.com");
    let first = log_in(&app, &kakao, &sky).await.expect(200);
    // The same address under another provider, and under another person of the same one.
    let other = Someone::new(2, "바다").with_email("sky@example.COM");
    refused(&log_in(&app, &naver, &other).await, 409, "identity.link_required");
    refused(&log_in(&app, &kakao, &other).await, 409, "identity.link_required");
    // The way out: logged in to the one, consent at the other.
    let token = text(&first["accessToken"]);
    link(&app, &naver, &token, &other).await.expect(200);
    assert_eq!(linked(&app, &token).await, ["kakao", "naver"]);
    let (page, mut names) = (|query: &str| format!("/v1/me/identities?limit=1{query}"), Vec::new());
    let mut at = String::new();
    for _ in 0..2 {
        let list = app.get(&page(&at)).bearer(&token).expect(200).await;
        names.push(text(&list["items"][0]["provider"]));
        at = list["nextCursor"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    }
    assert_eq!((names, at), (vec!["kakao".to_owned(), "naver".to_owned()], String::new()));
    app.get(&page("&cursor=forged")).bearer(&token).refused(422, "platform.invalid_fields").await;
    assert_eq!(me(&app, &first).await["linkedProviders"], json!(["kakao", "naver"]));
    let again = log_in(&app, &naver, &other).await.expect(200);
    assert_eq!(again["userId"], first["userId"]);
    // Local sign-up finds the address taken as well.
    super::super::sign_up(&app, json!({ "email": "sky@example.com" }))
        .refused(409, "identity.email_taken")
        .await;
    app.stop().await;
}

async fn a23_a_link_needs_both_sides(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let (sea, wind) = (app.person("바다").await, app.person("바람").await);
    let sky = Someone::new(1, "하늘");
    let state = "identity.oauth_state_invalid";
    // Begun by one, finished by nobody or by another.
    let begun = begin(&app, &kakao, Some(&sea.token)).await;
    let back = kakao.consent(&text(&begun["authorizationUrl"]), &sky).await;
    finish(&app, &kakao, &back).refused(422, state).await;
    finish(&app, &kakao, &back).bearer(&wind.token).refused(422, state).await;
    // Begun by nobody, as an attacker would with a code of their own.
    let foreign = consent(&app, &kakao, &Someone::new(2, "나쁜사람")).await;
    finish(&app, &kakao, &foreign).bearer(&sea.token).refused(403, "identity.already_logged_in").await;
    assert_eq!(kakao.exchanges(), 0);
    app.get("/v1/auth/oauth/kakao/authorize").bearer("nonsense").refused(401, "identity.token_invalid").await;

    let pair = finish(&app, &kakao, &back).bearer(&sea.token).expect(200).await;
    assert_eq!((&pair["userId"], &pair["firstLogin"]), (&json!(sea.id), &json!(false)));
    assert_eq!(linked(&app, &sea.token).await, ["kakao"]);
    let account = me(&app, &pair).await;
    assert_eq!((&account["provider"], &account["email"]), (&json!("local"), &json!(sea.email)));
    assert_eq!(log_in(&app, &kakao, &sky).await.expect(200)["userId"], json!(sea.id));
    app.login(&sea.email, PASSWORD).await;
    app.stop().await;
}

async fn a23_an_unproven_address_blocks_nobody_and_owns_nothing(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let address = "victim@example.com";
    // An attacker says at Naver that the address is theirs, and another one at Kakao, unproven.
    let squatter = log_in(&app, &naver, &Someone::new(1, "나쁜").with_email(address)).await.expect(200);
    let unproven = Someone { proven: false, ..Someone::new(2, "더나쁜").with_email(address) };
    let second = log_in(&app, &kakao, &unproven).await.expect(200);
    assert_ne!(squatter["userId"], second["userId"]);
    // The owner is not in their way, neither at a provider nor here.
    let owner = log_in(&app, &kakao, &Someone::new(3, "주인").with_email(address)).await.expect(200);
    let account = me(&app, &owner).await;
    assert_eq!((&account["email"], &account["emailVerified"]), (&json!(address), &json!(true)));
    assert_eq!(me(&app, &squatter).await["emailVerified"], false);
    for pair in [&squatter, &second] {
        assert_ne!(pair["userId"], owner["userId"]);
    }
    // And still nobody can come in by the address alone.
    refused(
        &log_in(&app, &naver, &Someone::new(9, "또다른").with_email(address)).await,
        409,
        "identity.link_required",
    );
    app.stop().await;
}

async fn squat(app: &TestApp, address: &str) -> (String, String) {
    let account =
        super::super::sign_up(app, json!({ "email": address, "nickname": "나쁜사람" })).expect(201).await;
    let pair = app.login(address, PASSWORD).await;
    (text(&account["id"]), text(&pair["accessToken"]))
}

async fn a23_a_proven_owner_takes_the_address_from_a_squatter(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let address = "victim@example.com";
    let (squatter, token) = squat(&app, address).await;
    let owner = log_in(&app, &kakao, &Someone::new(1, "주인").with_email(address)).await.expect(200);
    assert_ne!(owner["userId"], json!(squatter));
    assert_eq!(owner["firstLogin"], true);
    assert_eq!(me(&app, &owner).await["emailVerified"], true);
    // Nothing the squatter has opens anything.
    app.get("/v1/me").bearer(&token).refused(401, "identity.session_ended").await;
    app.post("/v1/auth/login")
        .json(json!({ "email": address, "password": PASSWORD }))
        .refused(401, "identity.bad_credentials")
        .await;
    super::super::sign_up(&app, json!({ "email": address, "nickname": "다른이름" }))
        .refused(409, "identity.email_taken")
        .await;
    app.stop().await;
}

async fn a23_a_login_opens_one_account(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let (sea, wind) = (app.person("바다").await, app.person("바람").await);
    let sky = Someone::new(1, "하늘");
    link(&app, &kakao, &sea.token, &sky).await.expect(200);
    refused(&link(&app, &kakao, &wind.token, &sky).await, 409, "identity.oauth_identity_taken");
    let second = Someone::new(2, "구름");
    refused(&link(&app, &kakao, &sea.token, &second).await, 409, "identity.oauth_already_linked");
    link(&app, &kakao, &sea.token, &sky).await.expect(200);
    assert_eq!((linked(&app, &sea.token).await.len(), linked(&app, &wind.token).await.len()), (1, 0));
    app.stop().await;
}

async fn a23_the_last_way_in_stays(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let sky = Someone::new(1, "하늘");
    let first = log_in(&app, &kakao, &sky).await.expect(200);
    let token = text(&first["accessToken"]);
    let unlink =
        |token: &str, provider: &str| app.delete(&format!("/v1/me/identities/{provider}")).bearer(token);
    unlink(&token, "kakao").refused(409, "identity.last_way_in").await;
    unlink(&token, "naver").refused(404, "platform.not_found").await;
    unlink(&token, "nonsense").refused(404, "platform.not_found").await;
    link(&app, &naver, &token, &Someone::new(2, "하늘")).await.expect(200);
    let other = log_in(&app, &kakao, &sky).await.expect(200);
    unlink(&token, "kakao").expect(204).await;
    assert_eq!(linked(&app, &token).await, ["naver"]);
    // What came in that way is out; the one who decided is not.
    app.get("/v1/me").bearer(text(&other["accessToken"])).refused(401, "identity.session_ended").await;
    app.get("/v1/me").bearer(&token).expect(200).await;
    unlink(&token, "naver").refused(409, "identity.last_way_in").await;
    // With a password, every link can go. Kakao hears of the first one before: it ends every token of theirs.
    let sea = app.person("바다").await;
    app.settle().await;
    link(&app, &kakao, &sea.token, &sky).await.expect(200);
    unlink(&sea.token, "kakao").expect(204).await;
    app.delete("/v1/me/identities/kakao").refused(401, "platform.unauthenticated").await;
    app.stop().await;
}

/// Somebody signs up with a stranger's address, links a login of their own, and lies in wait.
async fn a23_who_recovers_an_unproven_account_shuts_every_other_door(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let address = "victim@example.com";
    let (squatted, token) = squat(&app, address).await;
    let lurker = Someone::new(6, "잠복");
    link(&app, &kakao, &token, &lurker).await.expect(200);
    app.post("/v1/auth/password-resets").json(json!({ "email": address })).expect(202).await;
    let code = app.mailed_code(address).await;
    let body = json!({ "email": address, "code": code, "newPassword": "0wners-very-word" });
    app.post("/v1/auth/password-resets/confirm").json(body).expect(204).await;
    let owner = app.login(address, "0wners-very-word").await;
    assert_eq!(owner["userId"], json!(squatted));
    assert!(linked(&app, &text(&owner["accessToken"])).await.is_empty());
    // Kakao hears of it first: it would end what the lurker begins there meanwhile.
    app.settle().await;
    let other = log_in(&app, &kakao, &lurker).await.expect(200);
    assert_ne!(other["userId"], owner["userId"]);
    app.stop().await;
}

async fn a23_a_stated_address_becomes_ones_own_with_a_code(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let address = "sky@example.com";
    let (_, squatter) = squat(&app, address).await;
    let sky = log_in(&app, &naver, &Someone::new(1, "하늘").with_email(address)).await.expect(200);
    let token = text(&sky["accessToken"]);
    app.post("/v1/auth/email-verifications").json(json!({ "email": address })).expect(202).await;
    let code = app.mailed_code(address).await;
    app.post("/v1/auth/email-verifications/confirm")
        .bearer(&token)
        .json(json!({ "email": address, "code": code }))
        .expect(200)
        .await;
    assert_eq!(me(&app, &sky).await["emailVerified"], true);
    app.get("/v1/me").bearer(&squatter).refused(401, "identity.session_ended").await;
    let other = Someone::new(2, "바다").with_email(address);
    refused(&log_in(&app, &kakao, &other).await, 409, "identity.link_required");
    super::super::sign_up(&app, json!({ "email": address, "nickname": "다른이름" }))
        .refused(409, "identity.email_taken")
        .await;
    app.stop().await;
}

async fn a23_a_link_that_was_begun_ends_with_the_session(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sea = app.person("바다").await;
    let begun = begin(&app, &kakao, Some(&sea.token)).await;
    let back = kakao.consent(&text(&begun["authorizationUrl"]), &Someone::new(1, "하늘")).await;
    app.post("/v1/auth/logout").bearer(&sea.token).expect(204).await;
    finish(&app, &kakao, &back).bearer(&sea.token).refused(401, "identity.session_ended").await;
    assert_eq!(kakao.exchanges(), 0);
    let pair = app.login(&sea.email, PASSWORD).await;
    assert!(linked(&app, &text(&pair["accessToken"])).await.is_empty());
    app.stop().await;
}
