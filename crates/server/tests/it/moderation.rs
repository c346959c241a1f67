//! H01–H04 and the operators' queue: what people tell, once, and what becomes of it.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use crate::identity::admin::operator;

on_every_database!(
    h01_posts_and_people_are_reported_with_a_reason,
    h02_everybody_reports_a_thing_once,
    h03_other_needs_words,
    h04_feedback_is_taken_and_read_by_operators,
    operators_close_reports_once,
    whoever_leaves_takes_their_reports_along,
);

async fn post(app: &TestApp, author: &Person, visibility: &str) -> String {
    let body = json!({ "text": "buy this", "visibility": visibility });
    text(&app.post("/v1/posts").bearer(&author.token).json(body).expect(201).await["id"])
}

fn pointers(problem: &Value) -> Vec<String> {
    problem["errors"].as_array().unwrap().iter().map(|error| text(&error["pointer"])).collect()
}

async fn h01_posts_and_people_are_reported_with_a_reason(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let (shown, hidden) = (post(&app, &mina, "public").await, post(&app, &mina, "private").await);
    let path = |post: &str| format!("/v1/posts/{post}/reports");
    let spam = json!({ "reason": "spam" });
    app.post(&path(&shown)).json(spam.clone()).refused(401, "platform.unauthenticated").await;
    let report = app.post(&path(&shown)).bearer(&jun.token).json(spam.clone()).expect(201).await;
    assert_eq!((&report["reason"], &report["text"]), (&json!("spam"), &Value::Null));
    let unknown = json!({ "reason": "boring" });
    app.post(&path(&shown)).bearer(&jun.token).json(unknown).refused(422, "platform.invalid_fields").await;
    app.post(&path(&hidden)).bearer(&jun.token).json(spam.clone()).refused(404, "platform.not_found").await;
    app.post(&path(&shown))
        .bearer(&mina.token)
        .json(spam.clone())
        .refused(422, "platform.invalid_fields")
        .await;
    let person = |id: &str| format!("/v1/users/{id}/reports");
    let fraud = json!({ "reason": "fraud", "text": "pretends to be somebody else" });
    app.post(&person(&mina.id)).bearer(&jun.token).json(fraud.clone()).expect(201).await;
    app.post(&person(&jun.id))
        .bearer(&jun.token)
        .json(fraud.clone())
        .refused(422, "platform.invalid_fields")
        .await;
    let nobody = "01890000-0000-7000-8000-000000000000";
    app.post(&person(nobody)).bearer(&jun.token).json(fraud.clone()).refused(404, "platform.not_found").await;
    app.put(&format!("/v1/users/{}/block", jun.id)).bearer(&mina.token).send().await;
    let sol = app.person("sol").await;
    app.put(&format!("/v1/users/{}/block", sol.id)).bearer(&mina.token).send().await;
    app.post(&person(&mina.id)).bearer(&sol.token).json(fraud).refused(404, "platform.not_found").await;
    app.post(&path(&shown)).bearer(&sol.token).json(spam).refused(404, "platform.not_found").await;
}

async fn h02_everybody_reports_a_thing_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let path = format!("/v1/posts/{}/reports", post(&app, &mina, "public").await);
    let spam = json!({ "reason": "spam" });
    let send = |key: &'static str| {
        app.post(&path).bearer(&jun.token).header("idempotency-key", key).json(spam.clone())
    };
    let first = send("one").expect(201).await;
    assert_eq!(send("one").expect(201).await, first, "the same request again is no second report");
    send("two").refused(409, "moderation.already_reported").await;
    app.post(&path)
        .bearer(&jun.token)
        .json(json!({ "reason": "abuse" }))
        .refused(409, "moderation.already_reported")
        .await;
    // The contract gives everything that is created an address; who reads there is another question.
    let reported = app.post(&path).bearer(&sol.token).json(spam).send().await;
    let address = format!("/v1/admin/reports/{}", text(&reported.expect(201)["id"]));
    assert_eq!(reported.header("location"), Some(&*address));
    app.get("/v1/admin/reports").bearer(&sol.token).refused(403, "platform.forbidden").await;
}

async fn h03_other_needs_words(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let path = format!("/v1/posts/{}/reports", post(&app, &mina, "public").await);
    let send = |body: Value| app.post(&path).bearer(&jun.token).json(body);
    for body in [json!({ "reason": "other" }), json!({ "reason": "other", "text": "  " })] {
        let problem = send(body).refused(422, "platform.invalid_fields").await;
        assert_eq!(pointers(&problem), ["/text"]);
    }
    let long = json!({ "reason": "other", "text": "가".repeat(513) });
    assert_eq!(pointers(&send(long).refused(422, "platform.invalid_fields").await), ["/text"]);
    let most = "가".repeat(512);
    let report = send(json!({ "reason": "other", "text": most })).expect(201).await;
    assert_eq!(report["text"], most);
}

async fn h04_feedback_is_taken_and_read_by_operators(db: TestDb) {
    let app = TestApp::start(db).await;
    let (admin, jun) = (operator(&app, "운영자").await, app.person("jun").await);
    let most = json!({ "title": "가".repeat(70), "text": "나".repeat(512) });
    app.post("/v1/feedback").json(most.clone()).refused(401, "platform.unauthenticated").await;
    let told = app.post("/v1/feedback").bearer(&jun.token).json(most.clone()).expect(201).await;
    assert_eq!((&told["title"], &told["text"]), (&most["title"], &most["text"]));
    let long = json!({ "title": "가".repeat(71), "text": "나".repeat(513) });
    for body in [json!({}), long] {
        let problem = app
            .post("/v1/feedback")
            .bearer(&jun.token)
            .json(body)
            .refused(422, "platform.invalid_fields")
            .await;
        let mut fields = pointers(&problem);
        fields.sort();
        assert_eq!(fields, ["/text", "/title"]);
    }
    app.get("/v1/admin/feedback").refused(401, "platform.unauthenticated").await;
    app.get("/v1/admin/feedback").bearer(&jun.token).refused(403, "platform.forbidden").await;
    let page = app.get("/v1/admin/feedback").bearer(&admin.token).expect(200).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&page["items"][0]["id"], &page["items"][0]["author"]["nickname"]),
        (&told["id"], &json!("jun"))
    );
}

async fn operators_close_reports_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "운영자").await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let mut reports = Vec::new();
    for _ in 0..3 {
        let path = format!("/v1/posts/{}/reports", post(&app, &mina, "public").await);
        let report = app.post(&path).bearer(&jun.token).json(json!({ "reason": "spam" })).expect(201).await;
        reports.push(text(&report["id"]));
    }
    let list = "/v1/admin/reports";
    app.get(list).bearer(&jun.token).refused(403, "platform.forbidden").await;
    let act = |who: &Person, report: &str, action: &str| {
        app.post(&format!("{list}/{report}/{action}")).bearer(&who.token)
    };
    act(&jun, &reports[0], "resolve").refused(403, "platform.forbidden").await;
    let resolved = act(&admin, &reports[0], "resolve").expect(200).await;
    assert_eq!((&resolved["status"], &resolved["handledBy"]), (&json!("resolved"), &json!(admin.id)));
    assert_eq!(resolved["accused"]["nickname"], "mina");
    act(&admin, &reports[0], "dismiss").refused(409, "moderation.already_handled").await;
    act(&admin, &reports[1], "dismiss").expect(200).await;
    act(&admin, "01890000-0000-7000-8000-000000000000", "dismiss").refused(404, "platform.not_found").await;
    let one = app.get(&format!("{list}/{}", reports[0])).bearer(&admin.token).expect(200).await;
    assert_eq!(one, resolved);
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|report| text(&report["id"])).collect()
    };
    let open = app.get(&format!("{list}?status=open")).bearer(&admin.token).expect(200).await;
    assert_eq!(ids(&open), [reports[2].clone()]);
    let first = app.get(&format!("{list}?limit=2")).bearer(&admin.token).expect(200).await;
    assert_eq!(ids(&first), [reports[2].clone(), reports[1].clone()]);
    let next = format!("{list}?limit=2&cursor={}", text(&first["nextCursor"]));
    let second = app.get(&next).bearer(&admin.token).expect(200).await;
    assert_eq!((ids(&second), &second["nextCursor"]), (vec![reports[0].clone()], &Value::Null));
}

async fn whoever_leaves_takes_their_reports_along(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "운영자").await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let spam = json!({ "reason": "spam" });
    app.post(&format!("/v1/users/{}/reports", mina.id)).bearer(&jun.token).json(spam).expect(201).await;
    app.delete("/v1/me")
        .bearer(&jun.token)
        .json(json!({ "password": madang_testkit::PASSWORD }))
        .expect(204)
        .await;
    app.settle().await;
    let page = app.get("/v1/admin/reports").bearer(&admin.token).expect(200).await;
    assert_eq!(page["items"], json!([]));
}
