//! The document says what is refused before it is sent: null, what is missing, what is unknown. Clients
//! are generated from it, and tools that try everything hold the program against it.

use madang_testkit::{TestApp, TestDb, text};
use reqwest::Method;
use serde_json::{Map, Value, json};

madang_testkit::on_every_database!(
    p04_the_document_says_which_parameters_are_needed,
    p04_the_document_says_which_members_can_be_null,
    p04_the_document_says_how_many_rows_can_be_asked_for,
);

/// What stands at a query parameter without which nothing goes.
const MISSING: &str = "platform.required";

fn objects(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The query parameters of an operation.
fn query(operation: &Value) -> impl Iterator<Item = &Value> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|parameter| parameter["in"] == "query")
}

fn with_ids(template: &str, id: &str) -> String {
    template
        .split('/')
        .map(|part| if part.starts_with('{') { id } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Whether a field is told to be missing.
fn missing(problem: &Value, pointer: &str) -> bool {
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors.into_iter().any(|error| error["pointer"] == pointer && error["code"] == MISSING)
}

/// Said beside the type, or as the other choice where the type is a reference.
fn can_be_null(property: &Value) -> bool {
    property["nullable"] == true || property["oneOf"][1]["nullable"] == true
}

async fn p04_the_document_says_which_parameters_are_needed(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let document = app.get("/openapi.json").expect(200).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (template, operations) in objects(&document["paths"]) {
        let Some(operation) = operations.get("get") else { continue };
        let needed = query(operation).filter(|parameter| parameter["required"] == true);
        let needed: Vec<_> = needed.map(|parameter| text(&parameter["name"])).collect();
        // None at all, then each of those that are said to be needed left out by itself.
        for left_out in std::iter::once(None).chain(needed.iter().map(Some)) {
            let kept: Vec<_> = needed
                .iter()
                .filter(|name| left_out != Some(name))
                .map(|name| match name.as_str() {
                    "from" => "from=2026-11-01T00:00:00Z".into(),
                    "to" => "to=2026-11-02T00:00:00Z".into(),
                    name => format!("{name}=posts"),
                })
                .collect();
            let path = format!("{}?{}", with_ids(template, &mina.id), kept.join("&"));
            let reply = app.get(&path).bearer(&mina.token).send().await;
            let problem = if reply.status == 422 { reply.json() } else { Value::Null };
            // A provider sends people back with a code or with an error.
            let alone = |name: &str| !(template.ends_with("/callback") && name == "code");
            let names = query(operation).map(|parameter| text(&parameter["name"]));
            for name in names.filter(|name| alone(name)) {
                let (told, due) = (missing(&problem, &format!("?{name}")), left_out == Some(&name));
                if told != due {
                    wrong.push(format!("{path}: {name} is {}needed", if told { "" } else { "not " }));
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100 && wrong.is_empty(), "{tried} tried: {wrong:#?}");
}

async fn p04_the_document_says_which_members_can_be_null(db: TestDb) {
    let app = TestApp::start(db).await;
    let document = app.get("/openapi.json").expect(200).await;
    let mina = app.person("mina").await;
    let calendars = app.get("/v1/calendars").bearer(&mina.token).expect(200).await;
    let calendar = text(&calendars["items"][0]["id"]);
    let made =
        async |path: &str, body: Value| app.post(path).bearer(&mina.token).json(body).expect(201).await;
    let event = made(
        &format!("/v1/calendars/{calendar}/events"),
        // Of a task everything may be taken away that anything may lose.
        json!({ "kind": "task", "title": "Picnic", "start": { "date": "2026-11-21" } }),
    )
    .await;
    let post = made("/v1/posts", json!({ "text": "Kimbap", "visibility": "public" })).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (template, operations) in objects(&document["paths"]) {
        let Some(operation) = operations.get("patch") else { continue };
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let name = text(schema).rsplit('/').next().unwrap_or_default().to_owned();
        let schema = &document["components"]["schemas"][&name];
        assert_eq!(schema["additionalProperties"], false, "{name} takes no other members");
        let path = template
            .replace("{calendarId}", &calendar)
            .replace("{eventId}", &text(&event["id"]))
            .replace("{postId}", &text(&post["id"]));
        for (member, property) in objects(&schema["properties"]) {
            let body = Value::Object(Map::from_iter([(member.clone(), Value::Null)]));
            let reply = app.call(Method::PATCH, &path).bearer(&mina.token).json(body).send().await;
            let refused = reply.status == 422 && missing(&reply.json(), &format!("/{member}"));
            if refused == can_be_null(property) || reply.status.is_server_error() {
                wrong.push(format!("{name}.{member}: {} {}", reply.status, reply.text()));
            }
            tried += 1;
        }
    }
    assert!(tried > 20 && wrong.is_empty(), "{tried} tried: {wrong:#?}");
}

async fn p04_the_document_says_how_many_rows_can_be_asked_for(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let document = app.get("/openapi.json").expect(200).await;
    let calendars = app.get("/v1/calendars").bearer(&mina.token).expect(200).await;
    let calendar = text(&calendars["items"][0]["id"]);
    let (mut tried, mut wrong) = (0, Vec::new());
    for (template, operations) in objects(&document["paths"]) {
        for limit in query(&operations["get"]).filter(|parameter| parameter["name"] == "limit") {
            let bound = |name: &str| limit["schema"][name].as_i64().expect("a bound");
            let (least, most) = (bound("minimum"), bound("maximum"));
            // What else is wanted; days where posts are asked for.
            let others = query(&operations["get"]).filter_map(|parameter| match &*text(&parameter["name"]) {
                "from" | "to" if template == "/v1/posts" => None,
                "from" => Some("&from=2026-11-01T00:00:00Z"),
                "to" => Some("&to=2026-11-02T00:00:00Z"),
                "q" => Some("&q=posts"),
                "query" => Some("&query=mina"),
                _ => None,
            });
            let others: String = others.collect();
            let id = if template.starts_with("/v1/users") { &mina.id } else { &calendar };
            for (rows, is_refused) in [(least - 1, true), (least, false), (most, false), (most + 1, true)] {
                let path = format!("{}?limit={rows}{others}", with_ids(template, id));
                let reply = app.get(&path).bearer(&mina.token).send().await;
                let told = reply.text().contains(r#""pointer":"?limit""#);
                if (told && reply.status == 422) != is_refused {
                    wrong.push(format!("{path}: {} {}", reply.status, reply.text()));
                }
            }
            tried += 1;
        }
        assert!(!operations.to_string().contains("\"allOf\":[{\"description\""), "{template}");
    }
    assert!(tried > 10 && wrong.is_empty(), "{tried} tried: {wrong:#?}");
    for (name, schema) in objects(&document["components"]["schemas"]) {
        for (member, property) in objects(&schema["properties"]) {
            // Generators that make types of parts find none in a part that only describes.
            let parts = ["allOf", "oneOf"].into_iter().filter_map(|kind| property[kind].as_array()).flatten();
            let untyped = parts.filter(|part| part.get("$ref").is_none() && part.get("type").is_none());
            assert_eq!(untyped.count(), 0, "{name}.{member}: {property}");
        }
    }
}
