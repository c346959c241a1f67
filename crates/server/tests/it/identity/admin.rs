//! H06 and the log: operators shut people out, let them in, and see what happened.

use madang_application::identity::{AppointmentService, administration::MadeAdmin};
use madang_domain::{
    identity::{
        Email, Password,
        domain_events::{UserReactivated, UserSuspended},
    },
    shared::{DomainEvent, Text},
};
use madang_infrastructure::sql::SqlStore;
use madang_testkit::{Call, PASSWORD, Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::refused_soon;

madang_testkit::on_every_database!(
    h06_a_suspended_person_is_out_everywhere_and_a_reactivated_one_comes_back,
    h06_suspending_races_with_logins_and_leaves_nobody_in,
    h06_only_operators_may_and_not_with_their_own_account,
    operators_find_accounts,
    the_audit_log_tells_what_happened_and_cannot_be_changed,
);

/// Gives somebody the role, as `madang admin create` does, and logs them in with it.
pub(crate) async fn operator(app: &TestApp, nickname: &str) -> Person {
    let person = app.person(nickname).await;
    let service = app.running().container().get::<AppointmentService>().unwrap();
    let email = Email::parse(&person.email).unwrap();
    let made = service.make_admin(&email, None, &Password::typed("Another-Horse-43")).await.unwrap();
    assert!(matches!(made, MadeAdmin::Promoted(user) if user.to_string() == person.id));
    let pair = app.login(&person.email, PASSWORD).await;
    Person { token: text(&pair["accessToken"]), refresh: text(&pair["refreshToken"]), ..person }
}

fn act(app: &TestApp, operator: &Person, person: &Person, action: &str) -> Call {
    app.post(&format!("/v1/admin/users/{}/{action}", person.id)).bearer(&operator.token)
}

fn login(app: &TestApp, person: &Person) -> Call {
    app.post("/v1/auth/login").json(json!({ "email": person.email, "password": PASSWORD }))
}

async fn announced<E: DomainEvent>(app: &TestApp) -> usize {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        #[expect(dead_code, reason = "only counted")]
        payload: String,
    }
    let store = app.running().container().get::<SqlStore>().unwrap();
    let text = "SELECT payload FROM outbox WHERE event = $1";
    store.rows::<Row>(text, [E::NAME.into()]).await.unwrap().len()
}

async fn h06_a_suspended_person_is_out_everywhere_and_a_reactivated_one_comes_back(db: TestDb) {
    let app = TestApp::start(db).await;
    let (admin, person) = (operator(&app, "운영자").await, app.person("하늘").await);
    let shown = act(&app, &admin, &person, "suspend").json(json!({ "reason": "spam" })).expect(200).await;
    assert_eq!((&shown["status"], &shown["id"]), (&json!("suspended"), &json!(person.id)));
    refused_soon(&app, &person.token).await;
    app.post("/v1/auth/refresh")
        .json(json!({ "refreshToken": person.refresh }))
        .refused(401, "identity.session_ended")
        .await;
    login(&app, &person).refused(403, "identity.suspended").await;
    app.post("/v1/auth/login")
        .json(json!({ "email": person.email, "password": "Wrong-one-42" }))
        .refused(401, "identity.bad_credentials")
        .await;
    act(&app, &admin, &person, "suspend").expect(200).await;
    assert_eq!(announced::<UserSuspended>(&app).await, 1, "a second time changes nothing");
    let shown = act(&app, &admin, &person, "reactivate").expect(200).await;
    assert_eq!(shown["status"], "active");
    act(&app, &admin, &person, "reactivate").expect(200).await;
    assert_eq!(announced::<UserReactivated>(&app).await, 1);
    let token = text(&login(&app, &person).expect(200).await["accessToken"]);
    app.get("/v1/me").bearer(&token).expect(200).await;
    app.get("/v1/me").bearer(&person.token).refused(401, "identity.session_ended").await;
    app.stop().await;
}

async fn h06_suspending_races_with_logins_and_leaves_nobody_in(db: TestDb) {
    let app = TestApp::start(db).await;
    let (admin, person) = (operator(&app, "운영자").await, app.person("하늘").await);
    let logins = futures_util::future::join_all((0..6).map(|_| login(&app, &person).send()));
    let suspending = async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        act(&app, &admin, &person, "suspend").expect(200).await
    };
    let (replies, _) = tokio::join!(logins, suspending);
    for reply in replies {
        match reply.status.as_u16() {
            200 => refused_soon(&app, &text(&reply.json()["accessToken"])).await,
            401 | 403 => {}
            status => panic!("{status}: {}", reply.text()),
        }
    }
    app.stop().await;
}

async fn h06_only_operators_may_and_not_with_their_own_account(db: TestDb) {
    let app = TestApp::start(db).await;
    let (admin, person, other) =
        (operator(&app, "운영자").await, app.person("하늘").await, app.person("바다").await);
    for action in ["suspend", "reactivate"] {
        act(&app, &person, &other, action).refused(403, "platform.forbidden").await;
        app.post(&format!("/v1/admin/users/{}/{action}", other.id))
            .refused(401, "platform.unauthenticated")
            .await;
        let nobody = Person { id: "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69".into(), ..other.clone() };
        act(&app, &admin, &nobody, action).refused(404, "platform.not_found").await;
    }
    act(&app, &admin, &admin, "suspend").refused(409, "identity.own_account").await;
    for path in ["/v1/admin/users", "/v1/admin/audit-log", &format!("/v1/admin/users/{}", other.id)] {
        app.get(path).bearer(&person.token).refused(403, "platform.forbidden").await;
        app.get(path).refused(401, "platform.unauthenticated").await;
    }
    let me = app.get("/v1/me").bearer(&admin.token).expect(200).await;
    assert_eq!(me["roles"], json!(["admin"]));
    app.stop().await;
}

async fn operators_find_accounts(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = operator(&app, "운영자").await;
    let mut people = Vec::new();
    for nickname in ["하늘", "하늘소", "바다"] {
        people.push(app.person(nickname).await);
    }
    act(&app, &admin, &people[1], "suspend").expect(200).await;
    let list = async |query: &str| {
        let page = app.get(&format!("/v1/admin/users?{query}")).bearer(&admin.token).expect(200).await;
        let names = page["items"].as_array().unwrap().iter().map(|user| text(&user["nickname"]));
        (names.collect::<Vec<_>>(), page["nextCursor"].clone())
    };
    assert_eq!(list("").await.0, ["바다", "하늘소", "하늘", "운영자"]);
    assert_eq!(list("query=하늘").await.0, ["하늘소", "하늘"]);
    assert_eq!(list(&format!("query={}", people[2].email)).await.0, ["바다"]);
    assert_eq!(list("status=suspended").await.0, ["하늘소"]);
    assert_eq!(list("query=하늘&status=active").await.0, ["하늘"]);
    let (first, cursor) = list("limit=3").await;
    let (rest, end) = list(&format!("limit=3&cursor={}", text(&cursor))).await;
    assert_eq!((first.len(), rest, end), (3, vec!["운영자".to_owned()], Value::Null));
    let path = format!("/v1/admin/users?status=active&cursor={}", text(&cursor));
    app.get(&path).bearer(&admin.token).refused(422, "platform.invalid_fields").await;
    let shown = app.get(&format!("/v1/admin/users/{}", people[0].id)).bearer(&admin.token).expect(200).await;
    assert_eq!((&shown["email"], &shown["roles"]), (&json!(people[0].email), &json!([])));
    assert!(shown["lastLoginAt"].is_string());
    app.stop().await;
}

async fn the_audit_log_tells_what_happened_and_cannot_be_changed(db: TestDb) {
    let app = TestApp::start(db).await;
    let (admin, person) = (operator(&app, "운영자").await, app.person("하늘").await);
    app.post("/v1/auth/logout").bearer(&person.token).expect(204).await;
    act(&app, &admin, &person, "suspend").json(json!({ "reason": "spam" })).expect(200).await;
    act(&app, &admin, &person, "reactivate").expect(200).await;
    let token = text(&login(&app, &person).expect(200).await["accessToken"]);
    app.delete("/v1/me").bearer(&token).json(json!({ "password": PASSWORD })).expect(204).await;
    let log = async |query: String| {
        let path = format!("/v1/admin/audit-log?{query}");
        app.get(&path).bearer(&admin.token).expect(200).await["items"].as_array().unwrap().clone()
    };
    let entries = log(format!("userId={}", person.id)).await;
    let kinds: Vec<_> = entries.iter().rev().map(|entry| text(&entry["kind"])).collect();
    assert_eq!(
        kinds,
        [
            "signedUp",
            "loggedIn",
            "sessionsEnded",
            "suspended",
            "reactivated",
            "loggedIn",
            "sessionsEnded",
            "withdrew",
        ]
    );
    let suspended = &entries[4];
    assert_eq!((&suspended["actorId"], &suspended["detail"]), (&json!(admin.id), &json!("spam")));
    assert_eq!(entries[7]["network"], "127.0.0.0/24");
    assert_eq!(entries[5]["detail"], "logged out: 1");
    let granted = log("kind=adminGranted".to_owned()).await;
    assert_eq!((granted.len(), &granted[0]["subjectId"]), (1, &json!(admin.id)));
    let told = json!(entries).to_string();
    assert!(!told.contains(&person.email) && !told.contains(PASSWORD) && !told.contains(&person.refresh));
    app.get("/v1/admin/audit-log?kind=x").bearer(&admin.token).refused(422, "platform.invalid_fields").await;
    for (method, path) in [("DELETE", "/v1/admin/audit-log"), ("PATCH", "/v1/admin/audit-log")] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        app.call(method, path).bearer(&admin.token).refused(405, "platform.method_not_allowed").await;
    }
    app.stop().await;
}
