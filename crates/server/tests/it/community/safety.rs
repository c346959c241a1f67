//! Doors that close: suspended authors, muted ones, and whoever is in a hurry.

use madang_testkit::{Person, TestApp, TestDb, db::on_sqlite, on_every_database, text};
use reqwest::Method;
use serde_json::{Value, json};

use super::{follow, ids, post};
use crate::identity::admin::operator;

on_every_database!(
    n10_h06_what_a_suspended_author_wrote_vanishes_everywhere_and_comes_back,
    n10_each_door_shows_each_relation_what_it_may_see,
    c06_c14_a_muted_author_does_not_come_by_itself,
);

/// Asks in a hurry until it is refused. Who is slower than two a second never is.
async fn hurry(app: &TestApp, who: &Person, method: Method, path: &str, budget: &str) {
    for _ in 0..2_000 {
        let reply = app.call(method.clone(), path).bearer(&who.token).json(json!({})).send().await;
        if reply.status.as_u16() == 429 {
            assert_eq!(reply.json()["code"], "platform.rate_limited");
            assert!(reply.header("retry-after").is_some());
            let empty = format!("\"{budget}\";r=0");
            assert!(reply.header("ratelimit").is_some_and(|left| left.contains(&empty)), "{budget}");
            return;
        }
    }
    panic!("{budget} never end");
}

#[test]
fn c01_c04_posting_and_following_have_budgets() {
    on_sqlite(async |db| {
        let app = TestApp::start_with(db, |config| config.rate_limits.enabled = true, |_| {}).await;
        let (mina, jun) = (app.person("mina").await, app.person("jun").await);
        // What is refused counts as well.
        let oneself = format!("/v1/users/{}/follow", mina.id);
        hurry(&app, &mina, Method::PUT, &oneself, "follows").await;
        hurry(&app, &jun, Method::POST, "/v1/posts", "posts").await;
        app.stop().await;
    });
}

/// The ids behind a door; none where it is closed.
async fn behind(app: &TestApp, who: &Person, path: &str) -> Vec<String> {
    let reply = app.get(path).bearer(&who.token).send().await;
    if reply.status.as_u16() == 404 {
        return Vec::new();
    }
    let id =
        |item: &Value| ["post", "user"].iter().find_map(|kind| item[kind]["id"].as_str().map(str::to_owned));
    let items = reply.expect(200)["items"].as_array().unwrap().clone();
    items.iter().map(|item| id(item).unwrap_or_else(|| text(&item["id"]))).collect()
}

/// Every list a post can be in.
fn doors(author: &Person, id: &str, root: &str) -> Vec<String> {
    vec![
        "/v1/feed?limit=100".to_owned(),
        "/v1/posts?limit=100".to_owned(),
        "/v1/posts?limit=100&tag=door".to_owned(),
        format!("/v1/posts?limit=100&author={}", author.id),
        format!("/v1/users/{}/posts?limit=100", author.id),
        format!("/v1/posts/{root}/thread?limit=100"),
        format!("/v1/posts/{id}/thread?limit=100"),
        "/v1/search?type=posts&q=matrix&limit=100".to_owned(),
        "/v1/posts?from=2026-05-05&to=2026-05-05&limit=100".to_owned(),
    ]
}

async fn n10_h06_what_a_suspended_author_wrote_vanishes_everywhere_and_comes_back(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "operator").await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let sol = app.person("sol").await;
    follow(&app, &jun, &mina).await;
    follow(&app, &mina, &jun).await;
    let body = json!({ "text": "matrix #door", "visibility": "public", "date": "2026-05-05" });
    let id = post(&app, &mina, body.clone()).await;
    let other = post(&app, &jun, json!({ "text": "by jun", "visibility": "public" })).await;
    let reply = json!({ "text": "matrix reply #door", "visibility": "public", "inReplyTo": other });
    let reply = post(&app, &mina, reply).await;
    app.put(&format!("/v1/posts/{other}/like")).bearer(&mina.token).expect(204).await;
    app.settle().await;
    let seen = async |wanted: bool| {
        for door in doors(&mina, &id, &id) {
            assert_eq!(behind(&app, &jun, &door).await.contains(&id), wanted, "{door}");
        }
        for path in ["/v1/search?type=users&q=mina".to_owned(), format!("/v1/posts/{other}/likes")] {
            assert_eq!(behind(&app, &jun, &path).await.contains(&mina.id), wanted, "{path}");
        }
        assert_eq!(behind(&app, &jun, &format!("/v1/posts/{other}/replies")).await.contains(&reply), wanted);
        let status = if wanted { 200 } else { 404 };
        for id in [&id, &reply] {
            app.get(&format!("/v1/posts/{id}")).bearer(&jun.token).expect(status).await;
        }
        let answer = json!({ "text": "and?" });
        let path = format!("/v1/posts/{id}/replies");
        app.post(&path).bearer(&jun.token).json(answer).expect(if wanted { 201 } else { 404 }).await;
        let like = app.put(&format!("/v1/posts/{id}/like")).bearer(&jun.token).send().await;
        assert_eq!(like.status.as_u16(), if wanted { 204 } else { 404 });
        let notices = app.get("/v1/notifications?limit=100").bearer(&jun.token).expect(200).await.to_string();
        assert_eq!(notices.contains(&reply), wanted, "{notices}");
        assert_eq!(notices.contains(&mina.id), wanted, "who follows: {notices}");
        for list in ["followers", "following", "friends", "posts"] {
            app.get(&format!("/v1/users/{}/{list}", mina.id)).bearer(&jun.token).expect(status).await;
        }
    };
    seen(true).await;
    let act = async |action: &str| {
        let path = format!("/v1/admin/users/{}/{action}", mina.id);
        app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    };
    act("suspend").await;
    seen(false).await;
    reach(&app, &sol, &mina, false).await;
    act("reactivate").await;
    seen(true).await;
    reach(&app, &sol, &mina, true).await;
    app.put(&format!("/v1/users/{}/block", sol.id)).bearer(&jun.token).expect(204).await;
    reach(&app, &sol, &jun, false).await;
}

/// Whether somebody can follow another, talk to them, invite them and share a calendar with them.
async fn reach(app: &TestApp, who: &Person, whom: &Person, open: bool) {
    let calendar = json!({ "name": "ours", "timeZone": "Asia/Seoul" });
    let calendar = text(&app.post("/v1/calendars").bearer(&who.token).json(calendar).expect(201).await["id"]);
    let event = json!({ "title": "tea", "start": { "date": "2026-12-01" } });
    let events = format!("/v1/calendars/{calendar}/events");
    let event = text(&app.post(&events).bearer(&who.token).json(event).expect(201).await["id"]);
    let rooms = [json!({ "userIds": [whom.id] }), json!({ "userIds": [whom.id], "title": "tea" })];
    for (call, doors) in [
        (app.put(&format!("/v1/users/{}/follow", whom.id)), [201, 404]),
        (app.put(&format!("/v1/events/{event}/participants/{}", whom.id)), [200, 404]),
        (
            app.put(&format!("/v1/calendars/{calendar}/members/{}", whom.id))
                .json(json!({ "role": "reader" })),
            [200, 404],
        ),
        (app.post("/v1/rooms").json(rooms[0].clone()), [201, 422]),
        (app.post("/v1/rooms").json(rooms[1].clone()), [201, 422]),
    ] {
        call.bearer(&who.token).expect(doors[usize::from(!open)]).await;
    }
}

async fn n10_each_door_shows_each_relation_what_it_may_see(db: TestDb) {
    let app = TestApp::start(db).await;
    let author = app.person("author").await;
    let viewers = ["friend", "fan", "stranger", "blocked", "blocker"];
    let mut people = Vec::new();
    for name in viewers {
        people.push(app.person(name).await);
    }
    for follower in [0, 1, 3, 4] {
        follow(&app, &people[follower], &author).await;
    }
    for followee in [0, 3] {
        follow(&app, &author, &people[followee]).await;
    }
    app.put(&format!("/v1/users/{}/block", people[3].id)).bearer(&author.token).expect(204).await;
    app.put(&format!("/v1/users/{}/block", author.id)).bearer(&people[4].token).expect(204).await;
    people.push(author);
    let author = people.last().unwrap();
    let table = [
        ("public", [true, true, true, false, false, true]),
        ("friends", [true, false, false, false, false, true]),
        ("private", [false, false, false, false, false, true]),
    ];
    for (level, seen_by) in table {
        let body =
            json!({ "text": format!("matrix {level} #door"), "visibility": level, "date": "2026-05-05" });
        let id = post(&app, author, body).await;
        let below = json!({ "text": "matrix below #door", "visibility": level, "inReplyTo": id, "date": "2026-05-05" });
        let below = post(&app, author, below).await;
        for (viewer, seen) in people.iter().zip(seen_by) {
            let follows = ["friend", "fan", "author"].contains(&viewer.nickname.as_str());
            for (wanted, root) in [(&id, &id), (&below, &id)] {
                for door in doors(author, wanted, root) {
                    let seen = seen && (follows || !door.contains("/feed"));
                    let found = behind(&app, viewer, &door).await.contains(wanted);
                    assert_eq!(found, seen, "{level} for {} behind {door}", viewer.nickname);
                }
                let detail = app.get(&format!("/v1/posts/{wanted}")).bearer(&viewer.token).send().await;
                assert_eq!(
                    detail.status.as_u16(),
                    if seen { 200 } else { 404 },
                    "{level} for {}",
                    viewer.nickname
                );
            }
        }
    }
}

async fn c06_c14_a_muted_author_does_not_come_by_itself(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    follow(&app, &mina, &jun).await;
    let id = post(&app, &jun, json!({ "text": "matrix #door", "visibility": "public" })).await;
    let own = post(&app, &mina, json!({ "text": "mine", "visibility": "public" })).await;
    app.put(&format!("/v1/posts/{own}/like")).bearer(&jun.token).expect(204).await;
    app.settle().await;
    let path = format!("/v1/users/{}/mute", jun.id);
    app.put(&path).refused(401, "platform.unauthenticated").await;
    let oneself = format!("/v1/users/{}/mute", mina.id);
    app.put(&oneself).bearer(&mina.token).refused(422, "community.self_mute").await;
    let nobody = "/v1/users/019a0000-0000-7000-8000-000000000000/mute";
    app.put(nobody).bearer(&mina.token).refused(404, "platform.not_found").await;
    for (verb, feed, unread) in [
        ("delete", vec![own.clone(), id.clone()], 1),
        ("put", vec![own.clone()], 0),
        ("delete", vec![own.clone(), id.clone()], 1),
    ] {
        for _ in 0..2 {
            let call = if verb == "put" { app.put(&path) } else { app.delete(&path) };
            call.bearer(&mina.token).expect(204).await;
        }
        assert_eq!(ids(&app, &mina, "/v1/feed").await, feed, "{verb}");
        assert_eq!(ids(&app, &mina, "/v1/posts?tag=door").await, [&*id], "whoever looks for it finds it");
        let count = app.get("/v1/notifications/unread-count").bearer(&mina.token).expect(200).await;
        assert_eq!(count["count"], json!(unread), "{verb}: {count}");
        // The muted one notices nothing.
        app.get(&format!("/v1/posts/{own}")).bearer(&jun.token).expect(200).await;
    }
}
