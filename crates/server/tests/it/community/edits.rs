//! What posts were before they were changed.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::{follow, post};

on_every_database!(
    c08_every_change_of_a_post_keeps_what_was_there,
    c08_n10_the_past_of_a_post_does_not_leak,
    c08_n10_the_past_of_a_reply_goes_with_its_thread,
    c09_a27_the_past_goes_with_the_post_and_with_its_author,
);

async fn edit(app: &TestApp, who: &Person, id: &str, body: Value) -> Value {
    app.patch(&format!("/v1/posts/{id}")).bearer(&who.token).json(body).expect(200).await
}

async fn texts(app: &TestApp, who: &Person, id: &str) -> Vec<String> {
    let page = app.get(&format!("/v1/posts/{id}/edits")).bearer(&who.token).expect(200).await;
    page["items"].as_array().unwrap().iter().map(|edit| text(&edit["text"])).collect()
}

async fn c08_every_change_of_a_post_keeps_what_was_there(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let body = json!({ "title": "First", "text": "one", "visibility": "public", "date": "2026-05-05" });
    let id = post(&app, &mina, body).await;
    let path = format!("/v1/posts/{id}/edits");
    assert_eq!(app.get(&path).bearer(&jun.token).expect(200).await["items"], json!([]));
    let second = edit(&app, &mina, &id, json!({ "text": "two", "date": null })).await;
    let third = edit(&app, &mina, &id, json!({ "title": null })).await;
    // Whoever changes nothing changes nothing.
    for same in [json!({}), json!({ "text": "two" }), json!({ "title": null, "visibility": "public" })] {
        assert_eq!(edit(&app, &mina, &id, same).await["editedAt"], third["editedAt"]);
    }
    let page = app.get(&path).bearer(&jun.token).expect(200).await;
    let created =
        app.get(&format!("/v1/posts/{id}")).bearer(&jun.token).expect(200).await["createdAt"].clone();
    assert_eq!(
        page["items"],
        json!([
            { "version": 2, "title": "First", "text": "two", "visibility": "public", "date": null,
              "writtenAt": second["editedAt"], "replacedAt": third["editedAt"] },
            { "version": 1, "title": "First", "text": "one", "visibility": "public", "date": "2026-05-05",
              "writtenAt": created, "replacedAt": second["editedAt"] },
        ])
    );
    let first = app.get(&format!("{path}?limit=1")).bearer(&jun.token).expect(200).await;
    let rest = format!("{path}?limit=1&cursor={}", text(&first["nextCursor"]));
    let rest = app.get(&rest).bearer(&jun.token).expect(200).await;
    assert_eq!((&rest["items"][0]["version"], &rest["nextCursor"]), (&json!(1), &Value::Null));
    app.get(&path).refused(401, "platform.unauthenticated").await;
    let absent = "/v1/posts/019a0000-0000-7000-8000-000000000000/edits";
    app.get(absent).bearer(&mina.token).refused(404, "platform.not_found").await;
}

async fn c08_n10_the_past_of_a_post_does_not_leak(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, friend, stranger) =
        (app.person("mina").await, app.person("friend").await, app.person("stranger").await);
    follow(&app, &mina, &friend).await;
    follow(&app, &friend, &mina).await;
    let id = post(&app, &mina, json!({ "text": "secret", "visibility": "private" })).await;
    edit(&app, &mina, &id, json!({ "text": "for friends" })).await;
    edit(&app, &mina, &id, json!({ "visibility": "friends" })).await;
    edit(&app, &mina, &id, json!({ "text": "for all" })).await;
    edit(&app, &mina, &id, json!({ "visibility": "public" })).await;
    edit(&app, &mina, &id, json!({ "text": "now" })).await;
    assert_eq!(texts(&app, &mina, &id).await, ["for all", "for all", "for friends", "for friends", "secret"]);
    assert_eq!(texts(&app, &friend, &id).await, ["for all", "for all", "for friends"]);
    assert_eq!(texts(&app, &stranger, &id).await, ["for all"]);
    // Who stops being a friend stops seeing what was for friends.
    app.delete(&format!("/v1/users/{}/follow", mina.id)).bearer(&friend.token).expect(204).await;
    assert_eq!(texts(&app, &friend, &id).await, ["for all"]);
    let path = format!("/v1/posts/{id}/edits");
    edit(&app, &mina, &id, json!({ "visibility": "private" })).await;
    app.get(&path).bearer(&stranger.token).refused(404, "platform.not_found").await;
    edit(&app, &mina, &id, json!({ "visibility": "public" })).await;
    assert_eq!(texts(&app, &stranger, &id).await, ["now", "for all"]);
    app.put(&format!("/v1/users/{}/block", stranger.id)).bearer(&mina.token).expect(204).await;
    app.get(&path).bearer(&stranger.token).refused(404, "platform.not_found").await;
}

async fn c08_n10_the_past_of_a_reply_goes_with_its_thread(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let root = post(&app, &mina, json!({ "text": "root", "visibility": "public" })).await;
    let body = json!({ "text": "note", "visibility": "private", "inReplyTo": root });
    let reply = post(&app, &jun, body).await;
    edit(&app, &jun, &reply, json!({ "text": "said", "visibility": "public" })).await;
    edit(&app, &jun, &reply, json!({ "text": "said well" })).await;
    assert_eq!(texts(&app, &sol, &reply).await, ["said"]);
    assert_eq!(texts(&app, &mina, &reply).await, ["said"], "not even the root's author reads notes");
    assert_eq!(texts(&app, &jun, &reply).await, ["said", "note"]);
    edit(&app, &mina, &root, json!({ "visibility": "private" })).await;
    app.get(&format!("/v1/posts/{reply}/edits")).bearer(&sol.token).refused(404, "platform.not_found").await;
    edit(&app, &jun, &reply, json!({ "text": "said now" })).await;
    edit(&app, &mina, &root, json!({ "visibility": "public" })).await;
    assert_eq!(texts(&app, &sol, &reply).await, ["said"], "what was said in private stays there");
    assert_eq!(texts(&app, &mina, &reply).await, ["said well", "said"]);
}

async fn c09_a27_the_past_goes_with_the_post_and_with_its_author(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let mut posts = Vec::new();
    for _ in 0..2 {
        let id = post(&app, &mina, json!({ "text": "before", "visibility": "public" })).await;
        edit(&app, &mina, &id, json!({ "text": "after" })).await;
        posts.push(id);
    }
    let path = |n: usize| format!("/v1/posts/{}/edits", posts[n]);
    app.get(&path(0)).bearer(&jun.token).expect(200).await;
    app.delete(&format!("/v1/posts/{}", posts[0])).bearer(&mina.token).expect(204).await;
    app.get(&path(0)).bearer(&mina.token).refused(404, "platform.not_found").await;
    let password = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&mina.token).json(password).expect(204).await;
    app.settle().await;
    app.get(&path(1)).bearer(&jun.token).refused(404, "platform.not_found").await;
}
