//! RFC 9110 13.1: conditions on the version of a resource.

use madang_testkit::{Call, Person, TestApp, TestDb, on_every_database, text};
use reqwest::Method;
use serde_json::{Value, json};

on_every_database!(
    every_conditional_write_compares_the_whole_tag,
    what_others_do_beside_a_version_is_no_change_of_it_but_is_sent,
);

/// A resource that can be changed.
struct Resource {
    path: String,
    method: Method,
    body: Value,
}

impl Resource {
    fn new(path: impl Into<String>, method: Method, body: Value) -> Self {
        Self { path: path.into(), method, body }
    }

    async fn tag(&self, app: &TestApp, person: &Person) -> String {
        let reply = app.get(&self.path).bearer(&person.token).send().await;
        reply.expect(200);
        reply.header("etag").expect("a strong tag").to_owned()
    }

    fn change(&self, app: &TestApp, person: &Person, condition: &str) -> Call {
        let call = app.call(self.method.clone(), &self.path).bearer(&person.token);
        call.header("if-match", condition).json(self.body.clone())
    }
}

async fn every_conditional_write_compares_the_whole_tag(db: TestDb) {
    let app = TestApp::start(db).await;
    let (sky, sea) = (app.person("sky").await, app.person("sea").await);
    let make = async |path: &str, body: Value| {
        text(&app.post(path).bearer(&sky.token).json(body).expect(201).await["id"])
    };
    let post = json!({ "text": "x", "visibility": "public" });
    let posts = [make("/v1/posts", post.clone()).await, make("/v1/posts", post).await];
    let calendars = [
        make("/v1/calendars", json!({ "name": "a" })).await,
        make("/v1/calendars", json!({ "name": "a" })).await,
    ];
    let event = json!({ "title": "x", "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" } });
    let path = format!("/v1/calendars/{}/events", calendars[0]);
    let events = [make(&path, event.clone()).await, make(&path, event).await];
    let settings = app.get("/v1/notifications/preferences").bearer(&sky.token).expect(200).await;

    // Each with another one that is of the same version.
    let of = |kind: &str, ids: &[String; 2], body: Value| {
        let [one, other] =
            ids.each_ref().map(|id| Resource::new(format!("/v1/{kind}/{id}"), Method::PATCH, body.clone()));
        (one, Some(other))
    };
    let own = |path: &str, method: Method, body: Value| Resource::new(path, method, body);
    let me = || own("/v1/me", Method::PATCH, json!({ "bio": "y" }));
    let preferences = || own("/v1/me/preferences", Method::PATCH, json!({ "theme": "dark" }));
    let resources = [
        of("posts", &posts, json!({ "text": "y" })),
        of("calendars", &calendars, json!({ "name": "b" })),
        of("events", &events, json!({ "title": "y" })),
        (me(), Some(preferences())),
        (preferences(), Some(me())),
        (own("/v1/notifications/preferences", Method::PUT, settings), None),
    ];
    for (resource, other) in &resources {
        let tag = resource.tag(&app, &sky).await;
        let foreign = match other {
            Some(other) => other.tag(&app, &sky).await,
            None => resource.tag(&app, &sea).await,
        };
        let version = tag.split('-').next().unwrap();
        assert_eq!(foreign.split('-').next().unwrap(), version, "{}: of the same version", resource.path);
        let refused = [
            format!("W/{tag}"),
            foreign.clone(),
            format!("{version}-x\""),
            format!("{version}\""),
            "x".into(),
        ];
        for condition in refused {
            let call = resource.change(&app, &sky, &condition);
            call.refused(412, "platform.precondition_failed").await;
        }
        // Whatever the method, and nothing of it was done.
        assert_eq!(resource.tag(&app, &sky).await, tag, "{}", resource.path);
        let changed = resource.change(&app, &sky, &format!("{foreign},\t{tag}")).send().await;
        changed.expect(200);
        resource.change(&app, &sky, &tag).refused(412, "platform.precondition_failed").await;
        // What a change answers is as good as what reading does.
        let tag = changed.header("etag").expect("a tag").to_owned();
        assert_eq!(resource.tag(&app, &sky).await, tag, "{}", resource.path);
        resource.change(&app, &sky, &tag).expect(200).await;
        resource.change(&app, &sky, "*").expect(200).await;
    }
    for path in [
        format!("/v1/posts/{}", posts[0]),
        format!("/v1/events/{}", events[0]),
        format!("/v1/calendars/{}", calendars[0]),
        "/v1/me".to_owned(),
    ] {
        let resource = Resource::new(path, Method::DELETE, json!({ "password": madang_testkit::PASSWORD }));
        let tag = resource.tag(&app, &sky).await;
        let call = |condition: String| {
            let call = app.delete(&resource.path).bearer(&sky.token).header("if-match", condition);
            if resource.path == "/v1/me" { call.json(resource.body.clone()) } else { call }
        };
        call(format!("W/{tag}")).refused(412, "platform.precondition_failed").await;
        assert_eq!(resource.tag(&app, &sky).await, tag, "{}", resource.path);
        call(tag).expect(204).await;
    }
    app.stop().await;
}

async fn what_others_do_beside_a_version_is_no_change_of_it_but_is_sent(db: TestDb) {
    let app = TestApp::start(db).await;
    let (sky, sea) = (app.person("sky").await, app.person("sea").await);
    let body = json!({ "text": "x", "visibility": "public" });
    let post = app.post("/v1/posts").bearer(&sky.token).json(body).expect(201).await;
    let resource =
        Resource::new(format!("/v1/posts/{}", text(&post["id"])), Method::PATCH, json!({ "text": "y" }));
    let before = resource.tag(&app, &sky).await;
    app.put(&format!("{}/like", resource.path)).bearer(&sea.token).expect(204).await;
    let again = app.get(&resource.path).bearer(&sky.token).header("if-none-match", &before).send().await;
    assert_eq!(again.expect(200)["likeCount"], 1);
    // Not even to two who like it: one is told that they do, the other that they do not.
    assert_ne!(resource.tag(&app, &sky).await, resource.tag(&app, &sea).await);
    let copies = format!("\"a\", W/{}", resource.tag(&app, &sky).await);
    let same = app.get(&resource.path).bearer(&sky.token).header("if-none-match", copies).send().await;
    assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0));
    // Nobody has edited it since.
    resource.change(&app, &sky, &before).expect(200).await;
    app.stop().await;
}
