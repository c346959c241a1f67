//! People named in posts.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::{follow, post};

on_every_database!(
    c04_people_named_in_posts_are_shown_and_told_once,
    c14_n10_a_mention_reaches_only_who_may_see_the_post,
    c12_a_mention_in_a_reply_is_not_told_twice,
    c08_an_edit_tells_only_who_is_named_anew,
    c04_a_post_names_few_people_and_only_such_that_exist,
);

async fn mentions(app: &TestApp, viewer: &Person, id: &str) -> Vec<String> {
    let post = app.get(&format!("/v1/posts/{id}")).bearer(&viewer.token).expect(200).await;
    post["mentions"].as_array().unwrap().iter().map(|person| text(&person["nickname"])).collect()
}

/// What somebody was told, as kind and post.
async fn told(app: &TestApp, who: &Person) -> Vec<(String, String)> {
    app.settle().await;
    let page = app.get("/v1/notifications?limit=100").bearer(&who.token).expect(200).await;
    let items = page["items"].as_array().unwrap().iter().filter(|item| item["postId"].is_string());
    items.map(|item| (text(&item["kind"]), text(&item["postId"]))).collect()
}

fn of(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

async fn c04_people_named_in_posts_are_shown_and_told_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, sky, jun) = (app.person("mina").await, app.person("하늘").await, app.person("Jun7").await);
    let body = json!({ "text": "@하늘이랑 @JUN7 (@mina @하늘) 소풍 a@Jun7.kr", "visibility": "public" });
    let created = app.post("/v1/posts").bearer(&mina.token).json(body).expect(201).await;
    let id = text(&created["id"]);
    assert_eq!(created["mentions"][0]["id"], sky.id.as_str(), "{created}");
    for viewer in [&mina, &sky, &jun] {
        assert_eq!(mentions(&app, viewer, &id).await, ["하늘", "Jun7", "mina"]);
    }
    for told_one in [&sky, &jun] {
        assert_eq!(told(&app, told_one).await, [of("mention", &id)]);
    }
    assert!(told(&app, &mina).await.is_empty(), "nobody is told of oneself");
    let notice = app.get("/v1/notifications").bearer(&sky.token).expect(200).await;
    assert_eq!(notice["items"][0]["actor"]["nickname"], "mina");
    // They are the same people under another name.
    app.patch("/v1/me").bearer(&sky.token).json(json!({ "nickname": "바다" })).expect(200).await;
    assert_eq!(mentions(&app, &jun, &id).await, ["바다", "Jun7", "mina"]);
    let listed = app.get("/v1/feed").bearer(&mina.token).expect(200).await;
    assert_eq!(listed["items"][0]["mentions"].as_array().unwrap().len(), 3);
    // Nothing points to somebody who left.
    let password = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&jun.token).json(password).expect(204).await;
    app.settle().await;
    assert_eq!(mentions(&app, &mina, &id).await, ["바다", "mina"]);
}

async fn c14_n10_a_mention_reaches_only_who_may_see_the_post(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let names = ["friend", "fan", "blocked", "blocker", "muter"];
    let mut people = Vec::new();
    for name in names {
        people.push(app.person(name).await);
    }
    let [friend, fan, blocked, blocker, muter] = &people[..] else { unreachable!() };
    follow(&app, friend, &mina).await;
    follow(&app, &mina, friend).await;
    follow(&app, fan, &mina).await;
    app.put(&format!("/v1/users/{}/block", blocked.id)).bearer(&mina.token).expect(204).await;
    app.put(&format!("/v1/users/{}/block", mina.id)).bearer(&blocker.token).expect(204).await;
    app.put(&format!("/v1/users/{}/mute", mina.id)).bearer(&muter.token).expect(204).await;
    let all = "@friend @fan @blocked @blocker @muter";
    let mut expected: Vec<Vec<_>> = vec![Vec::new(); names.len()];
    for (level, heard) in [("private", vec![]), ("friends", vec![0]), ("public", vec![0, 1])] {
        let id = post(&app, &mina, json!({ "text": all, "visibility": level })).await;
        for person in heard {
            expected[person].insert(0, of("mention", &id));
        }
        assert_eq!(mentions(&app, &mina, &id).await, ["friend", "fan", "muter"], "blocks hide people");
    }
    for (person, expected) in people.iter().zip(expected) {
        assert_eq!(told(&app, person).await, expected, "{}", person.nickname);
    }
    // Later ears change nothing about what was said before.
    app.delete(&format!("/v1/users/{}/mute", mina.id)).bearer(&muter.token).expect(204).await;
    assert!(told(&app, muter).await.is_empty());
    // Who blocks a person sees nothing of them, nor do they.
    let id = post(&app, &mina, json!({ "text": "@friend @fan", "visibility": "public" })).await;
    app.put(&format!("/v1/users/{}/block", fan.id)).bearer(&friend.token).expect(204).await;
    assert_eq!(mentions(&app, friend, &id).await, ["friend"]);
    assert_eq!(mentions(&app, fan, &id).await, ["fan"]);
    assert_eq!(mentions(&app, muter, &id).await, ["friend", "fan"]);
}

async fn c12_a_mention_in_a_reply_is_not_told_twice(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let root = post(&app, &mina, json!({ "text": "@mina", "visibility": "public" })).await;
    let body = json!({ "text": "@mina and @sol and @jun" });
    let path = format!("/v1/posts/{root}/replies");
    let reply = text(&app.post(&path).bearer(&jun.token).json(body).expect(201).await["id"]);
    assert_eq!(told(&app, &mina).await, [of("reply", &reply)]);
    assert_eq!(told(&app, &sol).await, [of("mention", &reply)]);
    assert!(told(&app, &jun).await.is_empty());
    let thread = app.get(&format!("/v1/posts/{root}/thread")).bearer(&sol.token).expect(200).await;
    let named =
        thread["items"].as_array().unwrap().iter().map(|post| post["mentions"].as_array().unwrap().len());
    assert_eq!(named.collect::<Vec<_>>(), [1, 3]);
    // Who is on holiday from mentions hears of none.
    let mut wanted = app.get("/v1/notifications/preferences").bearer(&sol.token).expect(200).await;
    let kinds = wanted["kinds"].as_array_mut().unwrap();
    let mention = kinds.iter_mut().find(|kind| kind["kind"] == "mention").expect("a choice for mentions");
    mention["inApp"] = json!(false);
    app.put("/v1/notifications/preferences")
        .bearer(&sol.token)
        .json(json!({ "kinds": wanted["kinds"], "quietHours": null }))
        .expect(200)
        .await;
    post(&app, &jun, json!({ "text": "@sol", "visibility": "public" })).await;
    assert_eq!(told(&app, &sol).await, [of("mention", &reply)]);
}

async fn c08_an_edit_tells_only_who_is_named_anew(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let id = post(&app, &mina, json!({ "text": "@jun", "visibility": "public" })).await;
    let edit = async |body: Value| {
        app.patch(&format!("/v1/posts/{id}")).bearer(&mina.token).json(body).expect(200).await
    };
    assert_eq!(told(&app, &jun).await.len(), 1);
    app.post("/v1/notifications/read")
        .bearer(&jun.token)
        .json(json!({ "upTo": text(
        &app.get("/v1/notifications").bearer(&jun.token).expect(200).await["items"][0]["id"]) }))
        .expect(204)
        .await;
    for (words, named) in
        [("@sol and @jun", vec!["sol", "jun"]), ("nobody", vec![]), ("@jun again", vec!["jun"])]
    {
        let edited = edit(json!({ "text": words })).await;
        let shown = edited["mentions"].as_array().unwrap().iter().map(|person| text(&person["nickname"]));
        assert_eq!(shown.collect::<Vec<_>>(), named, "{words}");
        edit(json!({ "title": words })).await;
    }
    assert_eq!(told(&app, &jun).await, [of("mention", &id)]);
    assert_eq!(told(&app, &sol).await, [of("mention", &id)]);
    let unread = app.get("/v1/notifications/unread-count").bearer(&jun.token).expect(200).await;
    assert_eq!(unread["count"], 0, "what was read is not told again");
}

async fn c04_a_post_names_few_people_and_only_such_that_exist(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let crowd: String = (0..30).map(|number| format!("@nobody{number} ")).collect();
    let id = post(&app, &mina, json!({ "text": format!("{crowd}@mina"), "visibility": "public" })).await;
    assert!(mentions(&app, &mina, &id).await.is_empty(), "twenty are looked up");
    // Somebody who comes later is not meant.
    app.person("nobody1").await;
    assert!(mentions(&app, &mina, &id).await.is_empty());
}
