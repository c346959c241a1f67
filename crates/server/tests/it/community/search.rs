//! Searching over HTTP.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::post;

on_every_database!(
    c13_korean_and_english_are_found_from_two_syllables_up,
    c13_n10_people_and_events_are_found_as_far_as_they_may_be_seen,
);

async fn found(app: &TestApp, who: &Person, kind: &str, query: &str) -> Vec<Value> {
    let path = format!("/v1/search?type={kind}&q={query}");
    let page = app.get(&path).bearer(&who.token).expect(200).await;
    page["items"].as_array().unwrap().clone()
}

async fn posts(app: &TestApp, who: &Person, query: &str) -> Vec<String> {
    found(app, who, "posts", query).await.iter().map(|item| text(&item["id"])).collect()
}

async fn c13_korean_and_english_are_found_from_two_syllables_up(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    app.get("/v1/search?type=posts&q=%EA%B0%80")
        .bearer(&mina.token)
        .refused(422, "platform.invalid_fields")
        .await;
    app.get("/v1/search?type=items&q=%EA%B0%80%EA%B0%80").bearer(&mina.token).expect(422).await;
    app.get("/v1/search?type=posts&q=kimbap").refused(401, "platform.unauthenticated").await;
    let korean = post(
        &app,
        &jun,
        json!({ "title": "소풍", "text": "우리동네 봄축제에서 만나요", "visibility": "public" }),
    )
    .await;
    let english =
        post(&app, &jun, json!({ "text": "Who brings KimBap? 100%", "visibility": "public" })).await;
    post(&app, &jun, json!({ "text": "비밀 축제 kimbap", "visibility": "private" })).await;
    for query in ["축제", "봄축", "축제에서", "네 봄", "소풍", "소풍 우리"] {
        assert_eq!(posts(&app, &mina, query).await, [&*korean], "{query}");
    }
    for query in ["kimbap", "BAP", "im", "100%25", "0%25"] {
        assert_eq!(posts(&app, &mina, query).await, [&*english], "{query}");
    }
    for query in ["제축", "축제만", "%25%25", "__", "비밀"] {
        assert_eq!(posts(&app, &mina, query).await, [""; 0], "{query}");
    }
    assert_eq!(posts(&app, &jun, "kimbap").await.len(), 2);
    let first = app.get("/v1/search?type=posts&q=kimbap&limit=1").bearer(&jun.token).expect(200).await;
    let next = text(&first["nextCursor"]);
    let rest = app.get(&format!("/v1/search?type=posts&q=kimbap&limit=1&cursor={next}")).bearer(&jun.token);
    assert_eq!(rest.expect(200).await["items"][0]["id"], english.as_str());
    app.get(&format!("/v1/search?type=posts&q=bap&cursor={next}"))
        .bearer(&jun.token)
        .refused(422, "platform.invalid_fields")
        .await;
    // What was edited away is not found, what was edited in is.
    let edit = json!({ "text": "Who brings tteok?" });
    app.patch(&format!("/v1/posts/{english}")).bearer(&jun.token).json(edit).expect(200).await;
    assert_eq!(posts(&app, &mina, "kimbap").await, [""; 0]);
    assert_eq!(posts(&app, &mina, "tteok").await, [&*english]);
    app.put(&format!("/v1/users/{}/block", mina.id)).bearer(&jun.token).expect(204).await;
    assert_eq!(posts(&app, &mina, "tteok").await, [""; 0]);
}

async fn c13_n10_people_and_events_are_found_as_far_as_they_may_be_seen(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) =
        (app.person("하늘바다").await, app.person("바다하늘").await, app.person("바다").await);
    let names = async |who: &Person, query: &str| -> Vec<String> {
        found(&app, who, "users", query).await.iter().map(|item| text(&item["nickname"])).collect()
    };
    assert_eq!(names(&mina, "바다").await, ["바다", "바다하늘", "하늘바다"]);
    app.put(&format!("/v1/users/{}/block", mina.id)).bearer(&jun.token).expect(204).await;
    assert_eq!(names(&mina, "바다").await, ["바다", "하늘바다"]);
    let first = app.get("/v1/search?type=users&q=바다&limit=1").bearer(&mina.token).expect(200).await;
    let next = text(&first["nextCursor"]);
    let path = format!("/v1/search?type=users&q=바다&limit=1&cursor={next}");
    assert_eq!(app.get(&path).bearer(&mina.token).expect(200).await["items"][0]["id"], mina.id.as_str());

    let calendars = app.get("/v1/calendars").bearer(&mina.token).expect(200).await;
    let calendar = text(&calendars["items"][0]["id"]);
    let event = json!({
        "title": "벚꽃 소풍", "location": "한강공원",
        "start": { "dateTime": "2026-04-04T10:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-04-04T12:00:00", "timeZone": "Asia/Seoul" },
    });
    let created = app
        .post(&format!("/v1/calendars/{calendar}/events"))
        .bearer(&mina.token)
        .json(event)
        .expect(201)
        .await;
    for query in ["소풍", "벚꽃", "강공"] {
        let events = found(&app, &mina, "events", query).await;
        assert_eq!(events.len(), 1, "{query}");
        assert_eq!(events[0]["id"], created["id"]);
        assert_eq!(events[0]["title"], "벚꽃 소풍");
        assert_eq!(found(&app, &sol, "events", query).await.len(), 0, "{query}");
    }
    app.patch(&format!("/v1/events/{}", text(&created["id"])))
        .bearer(&mina.token)
        .json(json!({ "title": "단풍 나들이" }))
        .expect(200)
        .await;
    assert_eq!(found(&app, &mina, "events", "소풍").await.len(), 0);
    assert_eq!(found(&app, &mina, "events", "나들").await.len(), 1);
}
