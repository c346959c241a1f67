//! Pictures on posts and profiles: who may fetch them, and when they go.

use std::{io::Read, sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_infrastructure::media::MediaCollector;
use madang_testkit::{PASSWORD, Person, TestApp, TestClock, TestDb, on_every_database, text};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{png, upload, uploaded};

on_every_database!(
    c04_posts_show_pictures_in_their_order,
    c10_a_post_shows_at_most_five_pictures_of_ones_own,
    c10_whoever_may_see_a_post_may_fetch_its_pictures,
    b05_a_picture_of_ones_own_is_shown_wherever_one_is,
    n18_an_export_has_the_pictures,
    pictures_of_those_who_leave_go_with_them,
    pictures_that_hang_nowhere_go_after_a_day,
);

async fn post(app: &TestApp, author: &Person, visibility: &str, media: &[&str]) -> Value {
    let body = json!({ "text": "look", "visibility": visibility, "mediaIds": media });
    app.post("/v1/posts").bearer(&author.token).json(body).expect(201).await
}

async fn status(app: &TestApp, url: &Value) -> u16 {
    app.get(&text(url)).send().await.status.as_u16()
}

fn ids(post: &Value) -> Vec<String> {
    post["media"].as_array().unwrap().iter().map(|media| text(&media["id"])).collect()
}

async fn c04_posts_show_pictures_in_their_order(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let (one, two) = (uploaded(&app, &mina).await, uploaded(&app, &mina).await);
    let written = post(&app, &mina, "public", &[&two, &one]).await;
    assert_eq!(ids(&written), [two.as_str(), one.as_str()]);
    assert_eq!(written["media"][0]["contentType"], "image/png");
    assert_eq!(status(&app, &written["media"][0]["url"]).await, 200);
    let path = format!("/v1/posts/{}", text(&written["id"]));
    for list in ["/v1/feed", "/v1/posts"] {
        let page = app.get(list).bearer(&mina.token).expect(200).await;
        assert_eq!(ids(&page["items"][0]), [two.as_str(), one.as_str()], "{list}");
    }
    let change = async |body: Value| app.patch(&path).bearer(&mina.token).json(body).expect(200).await;
    assert_eq!(ids(&change(json!({ "text": "look again" })).await).len(), 2, "what is left out stays");
    assert_eq!(ids(&change(json!({ "mediaIds": [one] })).await), [one.as_str()]);
    assert_eq!(ids(&change(json!({ "mediaIds": [] })).await).len(), 0);
    let reply = json!({ "text": "me too", "mediaIds": [two] });
    let reply = app.post(&format!("{path}/replies")).bearer(&mina.token).json(reply).expect(201).await;
    assert_eq!(ids(&reply), [two]);
}

async fn c10_a_post_shows_at_most_five_pictures_of_ones_own(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let mut own = Vec::new();
    for _ in 0..6 {
        own.push(uploaded(&app, &mina).await);
    }
    let foreign = uploaded(&app, &jun).await;
    let refused = async |media: Value, pointers: &[&str]| {
        let body = json!({ "text": "look", "visibility": "public", "mediaIds": media });
        let refusal = app.post("/v1/posts").bearer(&mina.token).json(body);
        let refusal = refusal.refused(422, "platform.invalid_fields").await;
        let found: Vec<_> =
            refusal["errors"].as_array().unwrap().iter().map(|e| text(&e["pointer"])).collect();
        assert_eq!(found, pointers);
    };
    refused(json!(own), &["/mediaIds"]).await;
    refused(json!([own[0], foreign, own[0]]), &["/mediaIds/1", "/mediaIds/2"]).await;
    refused(json!(["01890000-0000-7000-8000-000000000000"]), &["/mediaIds/0"]).await;
    let list = app.get("/v1/posts").bearer(&mina.token).expect(200).await;
    assert_eq!(list["items"], json!([]), "nothing of it was kept");
    let five: Vec<_> = own[..5].iter().map(String::as_str).collect();
    assert_eq!(ids(&post(&app, &mina, "public", &five).await).len(), 5);
}

async fn c10_whoever_may_see_a_post_may_fetch_its_pictures(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let picture = uploaded(&app, &mina).await;
    let written = post(&app, &mina, "public", &[&picture]).await;
    let path = format!("/v1/posts/{}", text(&written["id"]));
    let seen = app.get(&path).bearer(&jun.token).expect(200).await["media"][0].clone();
    assert_ne!(seen["url"], written["media"][0]["url"], "addresses are made for one person");
    assert_eq!((status(&app, &seen["url"]).await, status(&app, &seen["thumbnailUrl"]).await), (200, 200));
    let visibility = async |visibility: &str| {
        app.patch(&path).bearer(&mina.token).json(json!({ "visibility": visibility })).expect(200).await;
    };
    visibility("private").await;
    assert_eq!(status(&app, &seen["url"]).await, 404, "the address ends with the permission");
    assert_eq!(status(&app, &written["media"][0]["url"]).await, 200);
    visibility("public").await;
    assert_eq!(status(&app, &seen["url"]).await, 200);
    app.put(&format!("/v1/users/{}/block", jun.id)).bearer(&mina.token).send().await;
    assert_eq!(status(&app, &seen["url"]).await, 404);
    app.delete(&format!("/v1/users/{}/block", jun.id)).bearer(&mina.token).send().await;
    assert_eq!(status(&app, &seen["url"]).await, 200);
    app.delete(&path).bearer(&mina.token).send().await.expect(204);
    assert_eq!(status(&app, &seen["url"]).await, 404);
}

async fn b05_a_picture_of_ones_own_is_shown_wherever_one_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let me = async |body: Value| app.patch("/v1/me").bearer(&mina.token).json(body).send().await;
    let account = app.get("/v1/me").bearer(&mina.token).expect(200).await;
    assert_eq!(account["avatarMediaId"], Value::Null);
    assert_eq!(status(&app, &account["avatarUrl"]).await, 200, "those without a picture have a default");
    let picture = upload(&app, &mina, &png()).await;
    let foreign = uploaded(&app, &jun).await;
    let refusal = me(json!({ "avatarMediaId": foreign })).await.expect(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/avatarMediaId");
    assert_eq!(refusal["errors"][0]["code"], "media.unknown_picture");
    let changed = me(json!({ "avatarMediaId": picture["id"] })).await.expect(200);
    assert_eq!(changed["avatarMediaId"], picture["id"]);
    let written = post(&app, &mina, "public", &[]).await;
    let profile = format!("/v1/users/{}", mina.id);
    let shown = [
        app.get(&profile).bearer(&jun.token).expect(200).await["avatarUrl"].clone(),
        app.get("/v1/users?query=mina").bearer(&jun.token).expect(200).await["items"][0]["avatarUrl"].clone(),
        written["author"]["avatarUrl"].clone(),
        changed["avatarUrl"].clone(),
    ];
    assert!(shown.iter().all(|url| *url == shown[0]), "{shown:?}");
    let reply = app.get(&text(&shown[0])).send().await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, Some("image/png")));
    assert!(reply.header("cache-control").unwrap().starts_with("public, max-age="));
    assert_eq!(
        status(&app, &json!(text(&shown[0]).replace("-small", ""))).await,
        404,
        "only the small one is open"
    );
    let cleared = me(json!({ "avatarMediaId": null })).await.expect(200);
    assert_eq!(cleared["avatarUrl"], account["avatarUrl"]);
    assert_eq!(status(&app, &shown[0]).await, 404, "it hangs nowhere any more");
}

async fn n18_an_export_has_the_pictures(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let picture = upload(&app, &mina, &png()).await;
    let id = text(&picture["id"]);
    post(&app, &mina, "private", &[&id]).await;
    let kept = app.get(&text(&picture["url"])).send().await.bytes;
    let archive = app.get("/v1/me/export").bearer(&mina.token).send().await.bytes;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut file = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).expect(name).read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(file(&format!("media/{id}.png")), kept);
    let posts: Value = serde_json::from_slice(&file("posts.json")).unwrap();
    assert_eq!(posts[0]["mediaIds"], json!([id]));
    let list: Value = serde_json::from_slice(&file("media.json")).unwrap();
    assert_eq!(list[0]["file"], format!("media/{id}.png"));
}

/// How many files there are.
fn files(app: &TestApp) -> usize {
    let folders = std::fs::read_dir(app.data().join("media")).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

pub(super) async fn collect(app: &TestApp) -> (usize, usize) {
    let collector = app.running().container().get::<MediaCollector>().unwrap();
    collector.collect(&CancellationToken::new()).await.unwrap()
}

async fn pictures_of_those_who_leave_go_with_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let picture = upload(&app, &mina, &png()).await;
    post(&app, &mina, "public", &[&text(&picture["id"])]).await;
    let stays = upload(&app, &jun, &png()).await;
    assert_eq!(files(&app), 4);
    app.delete("/v1/me").bearer(&mina.token).json(json!({ "password": PASSWORD })).send().await.expect(204);
    app.settle().await;
    assert_eq!(status(&app, &picture["url"]).await, 404);
    assert_eq!(collect(&app).await, (0, 2));
    assert_eq!(files(&app), 2);
    assert_eq!(status(&app, &stays["url"]).await, 200);
}

async fn pictures_that_hang_nowhere_go_after_a_day(db: TestDb) {
    let clock = Arc::new(TestClock::at(db.clock.now()));
    let ours = Arc::clone(&clock);
    let app = TestApp::start_with(
        db,
        |_| {},
        move |registry| {
            let clock = Arc::clone(&ours);
            registry.replace(move || Arc::clone(&clock) as Arc<dyn Clock>);
        },
    )
    .await;
    let mina = app.person("mina").await;
    let (hangs, is_shown, goes) =
        (uploaded(&app, &mina).await, uploaded(&app, &mina).await, uploaded(&app, &mina).await);
    let written = post(&app, &mina, "public", &[&hangs]).await;
    let me = json!({ "avatarMediaId": is_shown });
    app.patch("/v1/me").bearer(&mina.token).json(me).expect(200).await;
    assert_eq!(collect(&app).await, (0, 0), "not before a day");
    clock.advance(Duration::from_secs(25 * 60 * 60));
    assert_eq!(collect(&app).await, (1, 2));
    assert_eq!((files(&app), collect(&app).await), (4, (0, 0)));
    let login = app.login(&mina.email, PASSWORD).await;
    let token = text(&login["accessToken"]);
    let gone = json!({ "text": "look", "visibility": "public", "mediaIds": [goes] });
    app.post("/v1/posts").bearer(&token).json(gone).refused(422, "platform.invalid_fields").await;
    app.delete(&format!("/v1/posts/{}", text(&written["id"]))).bearer(&token).send().await.expect(204);
    clock.advance(Duration::from_secs(25 * 60 * 60));
    assert_eq!(collect(&app).await, (1, 2), "what hung is looked at again");
    assert_eq!(files(&app), 2);
}
