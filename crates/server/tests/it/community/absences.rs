//! Counts leave out who is suspended, at every moment, and count them again when they are back.

use std::time::Duration;

use madang_infrastructure::{community::AbsenceKeeper, sql::SqlStore};
use madang_testkit::{PASSWORD, Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::post as write;
use crate::identity::admin::operator;

on_every_database!(
    c11_c12_h06_counts_leave_out_who_is_suspended_at_every_moment,
    c11_h06_a_like_and_a_suspension_at_once_leave_the_count_exact,
);

/// Likes and replies as the post says them, which are as many as are listed.
async fn counts(app: &TestApp, who: &Person, post: &str) -> (usize, usize) {
    let get = async |path: &str| app.get(path).bearer(&who.token).expect(200).await;
    let length = |list: &Value| list["items"].as_array().unwrap().len();
    let likes = length(&get(&format!("/v1/posts/{post}/likes?limit=100")).await);
    let replies = length(&get(&format!("/v1/posts/{post}/replies?limit=100")).await);
    let alone = get(&format!("/v1/posts/{post}")).await;
    let listed = get("/v1/posts?limit=100").await;
    let listed = listed["items"].as_array().unwrap().iter().find(|item| item["id"] == post).unwrap().clone();
    for view in [alone, listed] {
        assert_eq!((&view["likeCount"], &view["replyCount"]), (&json!(likes), &json!(replies)), "{view}");
    }
    (likes, replies)
}

async fn act(app: &TestApp, admin: &Person, action: &str, whom: &Person) {
    let path = format!("/v1/admin/users/{}/{action}", whom.id);
    app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
}

async fn post(app: &TestApp, who: &Person) -> String {
    write(app, who, json!({ "text": "hello", "visibility": "public" })).await
}

/// Counts until nobody is left. The program's own worker may be at it, too.
async fn count(app: &TestApp, post: &str) {
    let keeper = app.running().container().get::<AbsenceKeeper>().unwrap();
    while kept(app, post).await.2 > 0 {
        if !keeper.count().await.unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// What a post keeps.
async fn kept(app: &TestApp, post: &str) -> (i64, i64, i64) {
    #[derive(sea_orm::FromQueryResult)]
    struct Kept {
        like_count: i64,
        counted: i64,
        absent: i64,
    }
    let text = "SELECT p.like_count, (SELECT count(*) FROM likes l WHERE l.post_id = p.id AND l.counted) AS counted, \
                (SELECT count(*) FROM absences) AS absent FROM posts p WHERE p.id = $1";
    let store = app.running().container().get::<SqlStore>().unwrap();
    let found: Option<Kept> = store.row(text, [post.parse::<uuid::Uuid>().unwrap().into()]).await.unwrap();
    let Kept { like_count, counted, absent } = found.unwrap();
    (like_count, counted, absent)
}

async fn c11_c12_h06_counts_leave_out_who_is_suspended_at_every_moment(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "operator").await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let id = post(&app, &mina).await;
    for who in [&jun, &sol] {
        app.put(&format!("/v1/posts/{id}/like")).bearer(&who.token).expect(204).await;
        let words = json!({ "text": "me too" });
        app.post(&format!("/v1/posts/{id}/replies")).bearer(&who.token).json(words).expect(201).await;
    }
    assert_eq!(counts(&app, &mina, &id).await, (2, 2));
    act(&app, &admin, "suspend", &jun).await;
    assert_eq!(counts(&app, &mina, &id).await, (1, 1), "at once");
    count(&app, &id).await;
    assert_eq!(counts(&app, &mina, &id).await, (1, 1), "and for good");
    act(&app, &admin, "reactivate", &jun).await;
    assert_eq!(counts(&app, &mina, &id).await, (2, 2));
    // Suspended again before they were counted in.
    act(&app, &admin, "suspend", &jun).await;
    assert_eq!(counts(&app, &mina, &id).await, (1, 1));
    act(&app, &admin, "reactivate", &jun).await;
    count(&app, &id).await;
    assert_eq!(counts(&app, &mina, &id).await, (2, 2));
    assert_eq!(kept(&app, &id).await, (2, 2, 0));
    // Whoever is out and withdrawn after all takes only what was counted.
    act(&app, &admin, "suspend", &jun).await;
    count(&app, &id).await;
    act(&app, &admin, "reactivate", &jun).await;
    let pair = app.login(&jun.email, PASSWORD).await;
    let gone = json!({ "password": PASSWORD });
    app.delete("/v1/me").bearer(text(&pair["accessToken"])).json(gone).expect(204).await;
    app.settle().await;
    count(&app, &id).await;
    assert_eq!(counts(&app, &mina, &id).await, (1, 1));
    app.delete(&format!("/v1/posts/{id}/like")).bearer(&sol.token).expect(204).await;
    assert_eq!(counts(&app, &mina, &id).await, (0, 1));
    assert_eq!(kept(&app, &id).await, (0, 0, 0));
}

async fn c11_h06_a_like_and_a_suspension_at_once_leave_the_count_exact(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "operator").await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let mut token = jun.token.clone();
    for round in 0..4 {
        let id = post(&app, &mina).await;
        let path = format!("/v1/posts/{id}/like");
        let like = async { app.put(&path).bearer(&token).send().await.status.as_u16() };
        let (liked, ()) = tokio::join!(like, act(&app, &admin, "suspend", &jun));
        assert!([204, 401, 404].contains(&liked), "{liked}");
        count(&app, &id).await;
        assert_eq!(counts(&app, &mina, &id).await.0, 0, "round {round}");
        assert_eq!(kept(&app, &id).await, (0, 0, 0), "round {round}");
        act(&app, &admin, "reactivate", &jun).await;
        count(&app, &id).await;
        let listed = counts(&app, &mina, &id).await.0;
        assert!(listed <= 1 && (liked != 204 || listed == 1), "round {round}: {liked}, {listed}");
        assert_eq!(kept(&app, &id).await, (listed as i64, listed as i64, 0), "round {round}");
        token = text(&app.login(&jun.email, PASSWORD).await["accessToken"]);
    }
}
