//! Whatever is sent, the answer is either a success or a problem, and never our fault.

use madang_testkit::{Person, TestApp, TestDb};
use reqwest::Method;
use serde_json::{Value, json};

/// A small deterministic generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64: good enough to be unfriendly.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.roll(choices.len())]
    }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "\u{0}",
    "abc",
    "가나다",
    "🎉🎉",
    "0",
    "-1",
    "1e999",
    "null",
    "{}",
    "[]",
    "'; DROP TABLE posts; --",
    "../../etc/passwd",
    "%00",
    "2026-11-21",
    "2026-13-45",
    "2026-11-21T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "00000000-0000-0000-0000-000000000000",
    "a@b.co",
    "Asia/Seoul",
    "RRULE:FREQ=SECONDLY;COUNT=1000000000",
    "\u{202e}x",
    "public",
    "all",
    "true",
];

fn any_json(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(dice.roll(2) == 0),
        2 => json!(i64::MAX),
        3 => json!(-0.5),
        4 => json!("x".repeat(dice.roll(3) * 3000)),
        5 => json!(dice.pick(TEXTS)),
        6 => (0..dice.roll(4)).map(|_| any_json(dice, depth - 1)).collect(),
        _ => (0..dice.roll(4)).map(|_| (dice.pick(TEXTS).to_owned(), any_json(dice, depth - 1))).collect(),
    }
}

/// A body for a schema that is right in places.
fn body_for(document: &Value, schema: &Value, dice: &mut Dice, depth: usize) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return body_for(document, document.pointer(pointer).unwrap_or(&Value::Null), dice, depth);
    }
    if dice.roll(6) == 0 || depth == 0 {
        return any_json(dice, 2);
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices[dice.roll(choices.len())].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let mut body = serde_json::Map::new();
            for (name, property) in properties {
                if dice.roll(5) > 0 {
                    body.insert(name, body_for(document, &property, dice, depth - 1));
                }
            }
            if dice.roll(5) == 0 {
                body.insert("surprise".into(), any_json(dice, 1));
            }
            Value::Object(body)
        }
        Some("array") => {
            (0..dice.roll(3)).map(|_| body_for(document, &schema["items"], dice, depth - 1)).collect()
        }
        Some("integer" | "number") => json!(dice.roll(200)),
        Some("boolean") => json!(dice.roll(2) == 0),
        Some("string") if !schema["example"].is_null() => schema["example"].clone(),
        _ => json!(dice.pick(TEXTS)),
    }
}

fn path_for(template: &str, person: &Person, dice: &mut Dice) -> String {
    let mut path = String::new();
    for segment in template.trim_start_matches('/').split('/') {
        path.push('/');
        if segment.starts_with('{') {
            let choices = [
                person.id.as_str(),
                "019a0000-0000-7000-8000-000000000000",
                "x",
                "%F0%9F%8E%89",
                "%00",
                "-1",
            ];
            path.push_str(choices[dice.roll(choices.len())]);
        } else {
            path.push_str(segment);
        }
    }
    if dice.roll(2) == 0 {
        let values = [
            "",
            "x",
            "-1",
            "0",
            "100",
            "101",
            "%00",
            "2026-11-01T00:00:00Z",
            "2026-11-30",
            "%E1%84%80",
            "true",
        ];
        for (mark, name) in
            ["?limit", "&cursor", "&from", "&to", "&query", "&scope", "&nonsense"].iter().enumerate()
        {
            if mark == 0 || dice.roll(3) == 0 {
                path.push_str(&format!("{name}={}", values[dice.roll(values.len())]));
            }
        }
    }
    path
}

async fn every_answer_is_a_success_or_a_problem(db: TestDb, seed: u64, rounds: usize) {
    let app = TestApp::start(db).await;
    let document = app.get("/openapi.json").expect(200).await;
    let mut person = app.person("mina").await;
    let mut dice = Dice(seed);
    let paths = document["paths"].as_object().unwrap().clone();
    let mut seen = 0;
    for round in 0..rounds {
        for (template, operations) in &paths {
            for method in ["get", "post", "put", "patch", "delete", "options", "trace"] {
                let declared = &operations[method];
                if declared.is_null() && dice.roll(8) > 0 {
                    continue;
                }
                let path = path_for(template, &person, &mut dice);
                let mut call = app.call(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &path);
                if dice.roll(5) > 0 {
                    call = call.bearer(&person.token);
                }
                let types = declared["requestBody"]["content"].as_object();
                if let Some((kind, media)) = types.and_then(|types| types.iter().next()) {
                    call = match dice.roll(8) {
                        0 => call.body(
                            kind,
                            dice.pick::<[u8]>(&[b"{", b"", b"\xff\xfe", b"[[[[", b"{\"a\":1,\"a\":2}"]),
                        ),
                        1 => call.body("text/plain", "hello"),
                        _ if kind == "application/json" => {
                            call.json(body_for(&document, &media["schema"], &mut dice, 5))
                        }
                        _ => call.body(kind, dice.pick(TEXTS).as_bytes()),
                    };
                }
                if dice.roll(6) == 0 {
                    call = call.header("if-match", dice.pick(&["*", "\"1\"", "x", "W/\"2\"", ""]));
                }
                let reply = call.send().await;
                let place = format!(
                    "round {round} (seed {seed}): {method} {path} → {} {}",
                    reply.status,
                    reply.text()
                );
                assert!(reply.status.as_u16() < 500, "{place}");
                if reply.status.as_u16() >= 400 {
                    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{place}");
                    let problem = reply.json();
                    assert_eq!(problem["status"], reply.status.as_u16(), "{place}");
                    assert!(problem["code"].as_str().is_some_and(|code| code.contains('.')), "{place}");
                    assert!(problem["requestId"].is_string(), "{place}");
                }
                seen += 1;
            }
        }
        // Somebody may have logged out or withdrawn by chance.
        if app.get("/v1/me").bearer(&person.token).send().await.status != 200 {
            person = app.person(&format!("mina{round}")).await;
        }
    }
    assert!(seen > 100, "only {seen} requests were made");
}

async fn p02_every_error_is_a_problem(db: TestDb) {
    every_answer_is_a_success_or_a_problem(db, 0x5eed, 6).await;
}

madang_testkit::on_every_database!(p02_every_error_is_a_problem);
