//! What is sent to Auth, Me and Users by mistake or on purpose: never our fault, and always with the
//! code that the contract names. Walks through the document, so that no operation is forgotten.

use madang_testkit::{
    Call, PASSWORD, Person, TestApp, TestDb,
    providers::{Service, StandIn},
    text,
};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{admin::operator, fields, refused_soon};

madang_testkit::on_every_database!(
    p02_wrong_json_types_are_400_in_every_body_of_identity,
    p02_too_long_texts_are_refused_by_their_rule,
    p02_unknown_and_foreign_ids_are_404,
    p02_wrong_pages_and_questions_are_422,
    a26_nobody_gets_in_without_a_live_session,
    p02_each_input_has_one_place,
);

/// An id nobody has.
const NOBODY: &str = "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69";

/// An operation of the document under one of the three tags.
struct Operation {
    method: Method,
    path: String,
    private: bool,
    /// The schema of its JSON body.
    body: Option<Value>,
}

impl Operation {
    fn call(&self, app: &TestApp, person: &Person) -> Call {
        let call = app.call(self.method.clone(), &self.path);
        if self.private { call.bearer(&person.token) } else { call }
    }

    fn properties(&self) -> Map<String, Value> {
        self.body.as_ref().and_then(|schema| schema["properties"].as_object().cloned()).unwrap_or_default()
    }

    /// A body of examples, with this member replaced.
    fn body_with(&self, name: &str, value: &Value) -> Value {
        let text = |property: &Value| match property["example"].as_str() {
            Some(example) => json!(example),
            None => json!(PASSWORD),
        };
        let required = self.body.as_ref().and_then(|schema| schema["required"].as_array().cloned());
        let mut body: Map<String, Value> = required
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), text(&self.properties()[name])))
            .collect();
        body.insert(name.to_owned(), value.clone());
        Value::Object(body)
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.get("/openapi.json").expect(200).await;
    let mut found = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !["Auth", "Me", "Users"].contains(&operation["tags"][0].as_str().unwrap_or_default()) {
                continue;
            }
            let fill = |part: &str| match part {
                "{provider}" => "kakao".to_owned(),
                "{nickname}" => "아무도".to_owned(),
                part if part.starts_with('{') => NOBODY.to_owned(),
                part => part.to_owned(),
            };
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let schema = schema.as_str().map(|name| document.pointer(name.trim_start_matches('#')).unwrap());
            found.push(Operation {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
                path: template.split('/').map(fill).collect::<Vec<_>>().join("/"),
                private: operation["security"].as_array().is_some_and(|needs| !needs.is_empty()),
                body: schema.cloned(),
            });
        }
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

async fn start(db: TestDb) -> (TestApp, StandIn) {
    let kakao = StandIn::start(Service::Kakao).await;
    let app = TestApp::start_with(db, |config| kakao.configure(config), |_| {}).await;
    (app, kakao)
}

async fn p02_wrong_json_types_are_400_in_every_body_of_identity(db: TestDb) {
    let (app, kakao) = start(db).await;
    let person = app.person("하늘").await;
    for operation in operations(&app).await.iter().filter(|operation| operation.body.is_some()) {
        for (name, property) in operation.properties() {
            for wrong in [json!(5), json!(true), json!(["x"]), json!({ "x": 1 })] {
                if property["type"].as_str() == Some("array") && wrong.is_array() {
                    continue;
                }
                let reply =
                    operation.call(&app, &person).json(operation.body_with(&name, &wrong)).send().await;
                let found = (reply.status.as_u16(), text(&reply.json()["code"]));
                let expected = (400, "platform.wrong_type".to_owned());
                assert_eq!(found, expected, "{} {name}={wrong}: {}", operation.name(), reply.text());
            }
        }
        let body = |kind: &str, bytes: &str| operation.call(&app, &person).body(kind, bytes.as_bytes());
        body("application/json", "{").refused(400, "platform.malformed_json").await;
        body("application/json", "\u{0}").refused(400, "platform.malformed_json").await;
        body("application/json", "[]").refused(400, "platform.wrong_type").await;
        body("application/json", "\"x\"").refused(400, "platform.wrong_type").await;
        body("text/plain", "{}").refused(415, "platform.unsupported_media_type").await;
        let problem =
            body("application/json", "{\"surprise\":1}").refused(422, "platform.invalid_fields").await;
        let unknown = "/surprise platform.unknown_field".to_owned();
        assert!(fields(&problem).contains(&unknown), "{}: {problem}", operation.name());
    }
    assert_eq!(kakao.exchanges(), 0);
    app.get("/v1/me").bearer(&person.token).expect(200).await;
    app.stop().await;
}

/// Where a text that no rule allows is not a wrong field but simply not the right one.
const NOT_THE_RIGHT_ONE: [(&str, &str, u16, &str); 6] = [
    ("POST /v1/auth/login", "email", 401, "identity.bad_credentials"),
    ("POST /v1/auth/login", "password", 401, "identity.bad_credentials"),
    ("POST /v1/auth/login", "refreshToken", 401, "identity.bad_credentials"),
    ("POST /v1/auth/introspect", "token", 200, ""),
    ("POST /v1/auth/refresh", "refreshToken", 401, "identity.refresh_token_invalid"),
    ("POST /v1/auth/logout", "refreshToken", 204, ""),
];

async fn p02_too_long_texts_are_refused_by_their_rule(db: TestDb) {
    let (app, kakao) = start(db).await;
    let person = app.person("하늘").await;
    for operation in operations(&app).await.iter().filter(|operation| operation.body.is_some()) {
        for name in operation.properties().keys() {
            for long in ["가".repeat(20_000), "a@b.co\u{0}".to_owned() + &"x".repeat(20_000)] {
                let body = operation.body_with(name, &json!(long));
                let reply = operation.call(&app, &person).json(body).send().await;
                let (place, status) = (operation.name(), reply.status.as_u16());
                let exception =
                    NOT_THE_RIGHT_ONE.iter().find(|(at, field, ..)| *at == place && field == name);
                // A control character is wrong in every text but in a password.
                let control = status == 422 && long.contains('\0');
                if let Some((_, _, expected, code)) = exception.filter(|_| !control) {
                    assert_eq!(status, *expected, "{place} {name}: {}", reply.text());
                    assert_eq!(reply.json()["code"].as_str().unwrap_or_default(), *code, "{place}");
                } else {
                    assert_eq!(status, 422, "{place} {name}: {}", reply.text());
                    let pointer = format!("/{name} ");
                    let problem = reply.json();
                    assert!(
                        fields(&problem).iter().any(|field| field.starts_with(&pointer)),
                        "{place} {name}: {problem}"
                    );
                }
            }
        }
    }
    assert_eq!(kakao.exchanges(), 0);
    app.get("/v1/me").bearer(&person.token).expect(200).await;
    app.stop().await;
}

async fn p02_unknown_and_foreign_ids_are_404(db: TestDb) {
    let (app, _kakao) = start(db).await;
    let (sky, sea) = (app.person("하늘").await, app.person("바다").await);
    let sessions = app.get("/v1/auth/sessions").bearer(&sea.token).expect(200).await;
    let foreign = text(&sessions["items"][0]["id"]);
    let strange = ["x", "0", "-1", "%00", "%F0%9F%8E%89", "..%2f..%2fetc", "019AA3F2", "' OR 1=1", NOBODY];
    for id in strange.into_iter().chain([foreign.as_str(), sea.id.as_str()]) {
        let path = format!("/v1/auth/sessions/{id}");
        app.delete(&path).bearer(&sky.token).refused(404, "platform.not_found").await;
    }
    for id in strange.into_iter().chain([foreign.as_str()]) {
        app.get(&format!("/v1/users/{id}")).bearer(&sky.token).refused(404, "platform.not_found").await;
        let report = json!({ "reason": "spam" });
        app.post(&format!("/v1/users/{id}/reports"))
            .bearer(&sky.token)
            .json(report)
            .refused(404, "platform.not_found")
            .await;
    }
    let names = ["x", "%00", "아무도", "%EC%95%84%20%EB%AC%B4", "' OR 1=1", "%F0%9F%8E%89"];
    for name in names.into_iter().chain(["x".repeat(5_000).as_str()]) {
        let path = format!("/v1/users/by-nickname/{name}");
        app.get(&path).bearer(&sky.token).refused(404, "platform.not_found").await;
        let path = format!("/v1/me/identities/{name}");
        app.delete(&path).bearer(&sky.token).refused(404, "platform.not_found").await;
        let path = format!("/v1/auth/oauth/{name}");
        app.get(&format!("{path}/authorize")).refused(404, "platform.not_found").await;
        app.get(&format!("{path}/callback?code=a&state=b")).refused(404, "platform.not_found").await;
        let body = json!({ "code": "a", "state": "b" });
        app.post(&format!("{path}/callback")).json(body).refused(404, "platform.not_found").await;
        app.post(&format!("{path}/unlink")).refused(404, "platform.not_found").await;
    }
    app.get("/v1/me").bearer(&sea.token).expect(200).await;
    app.stop().await;
}

async fn p02_wrong_pages_and_questions_are_422(db: TestDb) {
    let (app, _kakao) = start(db).await;
    let person = app.person("하늘").await;
    let foreign = {
        app.login(&person.email, PASSWORD).await;
        let page = app.get("/v1/auth/sessions?limit=1").bearer(&person.token).expect(200).await;
        text(&page["nextCursor"])
    };
    let long = "x".repeat(3_000);
    for query in [
        "limit=0".to_owned(),
        "limit=101".to_owned(),
        "limit=-1".to_owned(),
        "limit=x".to_owned(),
        "limit=99999999999999999999".to_owned(),
        "cursor=x".to_owned(),
        "cursor=%00".to_owned(),
        format!("cursor={long}"),
    ] {
        for path in ["/v1/auth/sessions?", "/v1/users?query=a&"] {
            let reply = app.get(&format!("{path}{query}")).bearer(&person.token).send().await;
            assert_eq!(reply.status, 422, "{path}{query}: {}", reply.text());
        }
    }
    for query in
        ["", "?query=", "?query=%20", &format!("?query={long}"), &format!("?query=a&cursor={foreign}")]
    {
        let reply = app.get(&format!("/v1/users{query}")).bearer(&person.token).send().await;
        assert_eq!(reply.status, 422, "{query}: {}", reply.text());
    }
    app.get("/v1/users?query=%00").bearer(&person.token).send().await.expect(422);
    for query in ["?redirectProfile=%00", &format!("?redirectProfile={long}")] {
        let reply = app.get(&format!("/v1/auth/oauth/kakao/authorize{query}")).send().await;
        assert_eq!(reply.status, 422, "{query}: {}", reply.text());
    }
    for query in [
        "code=a&state=%00".to_owned(),
        format!("code={long}&state={long}"),
        format!("error={long}&state={long}"),
        "state=a&error=%00".to_owned(),
        "code=a&state=b&iss=%00".to_owned(),
    ] {
        let reply = app.get(&format!("/v1/auth/oauth/kakao/callback?{query}")).send().await;
        assert_eq!(reply.status, 422, "{query}: {}", reply.text());
    }
    app.stop().await;
}

/// Every private operation: without a token, with one of a suspended account, and with one of an
/// account that is no more.
async fn a26_nobody_gets_in_without_a_live_session(db: TestDb) {
    let (app, _kakao) = start(db).await;
    let admin = operator(&app, "운영자").await;
    let (sky, sea) = (app.person("하늘").await, app.person("바다").await);
    let path = format!("/v1/admin/users/{}/suspend", sky.id);
    app.post(&path).bearer(&admin.token).expect(200).await;
    let body = json!({ "password": PASSWORD });
    app.delete("/v1/me").bearer(&sea.token).json(body).expect(204).await;
    for person in [&sky, &sea] {
        refused_soon(&app, &person.token).await;
    }
    for operation in operations(&app).await.iter().filter(|operation| operation.private) {
        let bare = app.call(operation.method.clone(), &operation.path).send().await;
        assert_eq!(bare.status, 401, "{}: {}", operation.name(), bare.text());
        assert_eq!(bare.json()["code"], "platform.unauthenticated", "{}", operation.name());
        assert!(bare.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
        for person in [&sky, &sea] {
            operation.call(&app, person).refused(401, "identity.session_ended").await;
        }
    }
    for (person, code) in [(&sky, "identity.session_ended"), (&sea, "identity.refresh_token_invalid")] {
        let body = json!({ "refreshToken": person.refresh });
        app.post("/v1/auth/refresh").json(body).refused(401, code).await;
    }
    // Their addresses get the same word as any other.
    for email in [&sky.email, &sea.email, &"nobody@example.com".to_owned()] {
        app.post("/v1/auth/password-resets").json(json!({ "email": email })).expect(202).await;
        let body = json!({ "email": email, "code": "000000", "newPassword": "Another-Horse-43" });
        app.post("/v1/auth/password-resets/confirm").json(body).refused(422, "identity.code_invalid").await;
    }
    app.stop().await;
}

/// What belongs into the body or a header counts for nothing in the address, and the other way round.
async fn p02_each_input_has_one_place(db: TestDb) {
    let (app, _kakao) = start(db).await;
    let person = app.person("하늘").await;
    let address = format!("email={}&password={PASSWORD}", person.email);
    let problem = app
        .post(&format!("/v1/auth/login?{address}"))
        .json(json!({}))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(fields(&problem), ["/email platform.required", "/password platform.required"]);
    app.post("/v1/auth/login")
        .body("application/x-www-form-urlencoded", address)
        .refused(415, "platform.unsupported_media_type")
        .await;
    for query in
        [format!("access_token={}", person.token), format!("authorization=Bearer%20{}", person.token)]
    {
        app.get(&format!("/v1/me?{query}")).refused(401, "platform.unauthenticated").await;
    }
    app.get("/v1/me")
        .header("cookie", format!("authorization={0}; access_token={0}", person.token))
        .refused(401, "platform.unauthenticated")
        .await;
    app.post("/v1/auth/refresh")
        .header("x-refresh-token", &person.refresh)
        .refused(401, "identity.refresh_token_invalid")
        .await;
    // A role is not asked for, it is given.
    let more = json!({ "email": "new@example.com", "password": PASSWORD, "passwordConfirmation": PASSWORD,
        "nickname": "새사람", "roles": ["admin"], "emailVerified": true, "id": NOBODY });
    let problem = app.post("/v1/auth/signup").json(more).refused(422, "platform.invalid_fields").await;
    let unknown = ["/emailVerified", "/id", "/roles"].map(|name| format!("{name} platform.unknown_field"));
    assert_eq!(fields(&problem), unknown);
    app.stop().await;
}
