//! Whoever presses "Execute" in Swagger UI sends an example of the document: it must be well formed.

use madang_testkit::{TestApp, TestDb, text};
use reqwest::Method;
use serde_json::{Value, json};

madang_testkit::on_every_database!(
    p04_examples_of_requests_are_accepted,
    p04_examples_of_ranges_are_accepted,
);

/// The id that stands in examples.
const EXAMPLE_ID: &str = "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69";

async fn p04_examples_of_requests_are_accepted(db: TestDb) {
    let app = TestApp::start(db).await;
    let document = app.get("/openapi.json").expect(200).await;
    let example = |path: &str| request(&document["paths"][path]["post"]).expect("an example");
    let account = app.post("/v1/auth/signup").json(example("/v1/auth/signup")).expect(201).await;
    let login = example("/v1/auth/login");
    let (mut tried, mut refused) = (0, Vec::new());
    for (template, operations) in document["paths"].as_object().expect("paths") {
        for method in ["post", "put", "patch", "delete"] {
            let Some(body) = request(&operations[method]) else { continue };
            // Some examples end the session or change the password, so each has a fresh person.
            let fresh = json!({ "email": format!("p{tried}@example.com"), "nickname": format!("p{tried}"),
                "password": login["password"], "passwordConfirmation": login["password"] });
            let person = app.post("/v1/auth/signup").json(fresh.clone()).expect(201).await;
            let password = text(&login["password"]);
            let token = text(&app.login(&text(&fresh["email"]), &password).await["accessToken"]);
            let calendars = app.get("/v1/calendars").bearer(&token).expect(200).await;
            let calendar = text(&calendars["items"][0]["id"]);
            let path = template.replace("{calendarId}", &calendar).replace("{userId}", &text(&account["id"]));
            let path = fill(&path, &text(&person["id"]));
            let call =
                app.call(Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"), &path);
            // The people of an example are nobody; here they are somebody.
            let body = body.to_string().replace(EXAMPLE_ID, &text(&account["id"]));
            let body: Value = serde_json::from_str(&body).expect("JSON");
            let reply = call.bearer(&token).json(body).send().await;
            tried += 1;
            // A refusal may be about the state of things (a code that was never sent), never about the form.
            let malformed = matches!(reply.status.as_u16(), 400 | 415 | 422) && {
                let problem = reply.json();
                reply.status != 422 || problem["errors"].as_array().is_some_and(|errors| !errors.is_empty())
            };
            if malformed || reply.status.is_server_error() {
                refused.push(format!("{method} {template}: {} {}", reply.status, reply.text()));
            }
        }
    }
    assert!(tried > 10, "only {tried} examples");
    assert!(refused.is_empty(), "{refused:#?}");
}

async fn p04_examples_of_ranges_are_accepted(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendars = app.get("/v1/calendars").bearer(&mina.token).expect(200).await;
    let document = app.get("/openapi.json").expect(200).await;
    let mut tried = 0;
    for (template, operations) in document["paths"].as_object().expect("paths") {
        let parameters = operations["get"]["parameters"].as_array().into_iter().flatten();
        let range = parameters.filter(|one| one["name"] == "from" || one["name"] == "to");
        let range: Vec<_> =
            range.map(|one| format!("{}={}", text(&one["name"]), text(&one["schema"]["example"]))).collect();
        if !range.is_empty() {
            let path = fill(template, &text(&calendars["items"][0]["id"]));
            app.get(&format!("{path}?{}", range.join("&"))).bearer(&mina.token).expect(200).await;
            tried += 1;
        }
    }
    assert!(tried > 3, "only {tried} ranges");
}

/// The example of an operation's JSON body.
fn request(operation: &Value) -> Option<Value> {
    operation.pointer("/requestBody/content/application~1json/example").cloned()
}

/// Ids that are left in a path become this one.
fn fill(path: &str, id: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/")
}
