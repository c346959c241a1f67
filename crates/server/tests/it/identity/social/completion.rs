//! A22, B08: what a first login at a provider lacks, and what completes it.

use madang_testkit::{TestDb, providers::Someone, text};
use serde_json::json;

use super::{log_in, me, with_kakao};

madang_testkit::on_every_database!(a22_an_address_completes_what_a_provider_told);

async fn a22_an_address_completes_what_a_provider_told(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(1, "하늘");
    let pair = log_in(&app, &kakao, &sky).await.expect(200);
    let token = text(&pair["accessToken"]);
    assert_eq!(
        (&pair["profileComplete"], &me(&app, &pair).await["profileComplete"]),
        (&json!(false), &json!(false))
    );
    let other = app.person("바다").await;
    let post =
        || app.post("/v1/posts").bearer(&token).json(json!({ "text": "안녕하세요", "visibility": "public" }));
    let room = || app.post("/v1/rooms").bearer(&token).json(json!({ "userIds": [other.id] }));
    post().refused(403, "identity.profile_incomplete").await;
    room().refused(403, "identity.profile_incomplete").await;
    // Reading works, and so does what shows nothing of the person.
    for path in ["/v1/posts", "/v1/feed", "/v1/me", "/v1/users?query=바다", "/v1/rooms"] {
        app.get(path).bearer(&token).expect(200).await;
    }
    app.patch("/v1/me").bearer(&token).json(json!({ "bio": "안녕" })).expect(200).await;
    post().refused(403, "identity.profile_incomplete").await;
    // The address alone is enough, with the token at hand.
    let address = json!({ "address": "서울특별시 마포구 양화로 45" });
    let account = app.patch("/v1/me").bearer(&token).json(address).expect(200).await;
    assert_eq!(
        (&account["profileComplete"], &account["region"]),
        (&json!(true), &json!("서울특별시 마포구"))
    );
    post().expect(201).await;
    room().expect(201).await;
    let again = log_in(&app, &kakao, &sky).await.expect(200);
    assert_eq!((&again["profileComplete"], &again["firstLogin"]), (&json!(true), &json!(false)));
    // Without a provider, the nickname was chosen at sign-up.
    app.post("/v1/posts")
        .bearer(&other.token)
        .json(json!({ "text": "반가워요", "visibility": "public" }))
        .expect(201)
        .await;
    app.stop().await;
}
