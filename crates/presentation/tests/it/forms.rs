//! A form learns all its errors at once, and nothing that is sent is our fault.

use std::sync::LazyLock;

use poem::http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Reply, Sample};

/// One for all, because property tests ask it hundreds of times.
static SAMPLE: LazyLock<Sample> = LazyLock::new(Sample::new);

async fn create(body: Value) -> Reply {
    SAMPLE.post("/v1/notes").auth().json(body).send().await
}

#[tokio::test]
async fn a_good_note_is_made() {
    let reply = create(json!({
        "title": " Picnic ", "count": 10, "mood": "verySad", "labels": ["a", "b"], "due": "2026-11-21T18:30:00+09:00",
        "place": { "lat": -90, "name": "Park" }, "at": { "date": "2026-11-21" },
        "figure": { "kind": "circle", "radius": 3 }, "parent": "019a0000-0000-7000-8000-000000000000",
        "done": false, "plain": "가나다라마",
    }))
    .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let note = reply.json();
    assert_eq!(reply.header("location"), format!("/v1/notes/{}", note["id"].as_str().unwrap()));
    assert!(reply.header("etag").starts_with("\"1-"));
    assert_eq!(note["title"], "Picnic", "texts are trimmed by their rule");
    assert_eq!(note["createdAt"], "2026-11-21T09:30:00Z");
    assert_eq!(note["mood"], "verySad");
    assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
    let null = create(json!({ "title": "x", "mood": null, "place": null, "at": null, "figure": null })).await;
    assert_eq!(null.status, 201, "optional members may be null: {}", null.text());
}

#[tokio::test]
async fn every_broken_rule_is_listed_at_once() {
    let reply = create(json!({
        "title": "far too long for a title", "count": 11, "mood": "angry", "labels": ["", "b"],
        "due": "2026-13-01T00:00:00Z", "place": { "lat": 91, "extra": 1 }, "at": { "date": "2026-02-30" },
        "figure": { "kind": "circle", "radius": 4_000_000_000_u64 }, "parent": "nobody", "plain": "x", "tytle/~": 1,
    }))
    .await;
    reply.problem(422, "platform.invalid_fields");
    assert_eq!(
        reply.fields(),
        [
            "/at/date platform.wrong_format",
            "/count platform.out_of_range",
            "/due platform.wrong_format",
            "/figure/radius platform.out_of_range",
            "/labels/0 platform.required",
            "/mood platform.not_a_choice",
            "/parent platform.wrong_format",
            "/place/extra platform.unknown_field",
            "/place/lat platform.out_of_range",
            "/place/name platform.required",
            "/plain platform.too_short",
            "/title platform.too_long",
            "/tytle~1~0 platform.unknown_field",
        ]
    );
}

#[tokio::test]
async fn rules_of_the_operation_join_the_list() {
    let reply = create(json!({ "title": "taken", "count": 0 })).await;
    assert_eq!(reply.fields(), ["/count platform.out_of_range", "/title platform.stale"]);
    let reply = create(json!({ "title": "x", "labels": [] })).await;
    assert_eq!(reply.fields(), ["/labels platform.too_few_items"]);
    let reply = create(json!({ "title": "x", "labels": ["a", "b", "c"] })).await;
    assert_eq!(reply.fields(), ["/labels platform.too_many_items"]);
}

#[tokio::test]
async fn unions_are_checked_by_the_variant_that_was_meant() {
    for (at, field) in [
        (
            json!({ "dateTime": "2026-11-21T09:30:00Z", "timeZone": "Moon/Base" }),
            "/at/timeZone platform.wrong_format",
        ),
        (json!({ "dateTime": "noon" }), "/at/dateTime platform.wrong_format"),
        (json!({ "date": "2026-11-21", "zone": 1 }), "/at/zone platform.unknown_field"),
    ] {
        let reply = create(json!({ "title": "x", "at": at })).await;
        reply.problem(422, "platform.invalid_fields");
        assert_eq!(reply.fields(), [field]);
    }
    for (figure, field) in [
        (json!({ "radius": 1 }), "/figure/kind platform.required"),
        (json!({ "kind": "line", "radius": 1 }), "/figure/kind platform.not_a_choice"),
        (json!({ "kind": "square", "radius": 1, "side": 1 }), "/figure/radius platform.unknown_field"),
    ] {
        let reply = create(json!({ "title": "x", "figure": figure })).await;
        reply.problem(422, "platform.invalid_fields");
        assert_eq!(reply.fields(), [field]);
    }
}

#[tokio::test]
async fn wrong_json_types_are_400_with_every_pointer() {
    let reply = create(json!({
        "title": 1, "count": "2", "done": "yes", "labels": {}, "place": [], "at": "x", "figure": { "kind": 1 },
        "mood": false, "unknown": 1,
    }))
    .await;
    reply.problem(400, "platform.wrong_type");
    let pointers = ["/at", "/count", "/done", "/figure/kind", "/labels", "/mood", "/place", "/title"];
    let expected: Vec<_> = pointers.iter().map(|pointer| format!("{pointer} platform.wrong_type")).collect();
    assert_eq!(reply.fields(), expected);
    assert_eq!(create(json!({ "title": null })).await.fields(), ["/title platform.wrong_type"]);
    for body in [json!([]), json!("x"), json!(null), json!(1.5)] {
        create(body).await.problem(400, "platform.wrong_type");
    }
    for count in [json!(1.5), json!(true)] {
        create(json!({ "title": "x", "count": count })).await.problem(400, "platform.wrong_type");
    }
    for count in [json!(i64::MAX), json!(u64::MAX), json!(1e30)] {
        create(json!({ "title": "x", "count": count })).await.problem(422, "platform.invalid_fields");
    }
}

#[tokio::test]
async fn what_is_not_json_is_400_and_other_types_are_415() {
    let sample = Sample::new();
    for body in ["", "{", "{\"title\": \"a\", \"title\": \"b\"}", "{} x", "\u{feff}{}"] {
        let reply = sample.post("/v1/notes").auth().body("application/json", body.as_bytes()).send().await;
        let problem = reply.problem(400, "platform.malformed_json");
        assert!(problem["detail"].as_str().unwrap().contains("line 1 column"), "{problem}");
    }
    sample
        .post("/v1/notes")
        .auth()
        .body("application/json", b"\"\xff\"")
        .send()
        .await
        .problem(400, "platform.malformed_json");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "nonsense"] {
        let reply = sample.post("/v1/notes").auth().body(kind, b"{}").send().await;
        reply.problem(415, "platform.unsupported_media_type");
    }
    sample.post("/v1/notes").auth().send().await.problem(415, "platform.unsupported_media_type");
    let reply = sample
        .post("/v1/notes")
        .auth()
        .body("Application/JSON ; charset=UTF-8", b"{\"title\":\"x\"}")
        .send()
        .await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn null_clears_and_absence_keeps() {
    let sample = Sample::new();
    let target = "/v1/notes/019a0000-0000-7000-8000-000000000000";
    for (body, mood) in [
        (json!({}), json!("happy")),
        (json!({ "mood": null }), Value::Null),
        (json!({ "mood": "verySad" }), json!("verySad")),
    ] {
        let reply = sample.call(Method::PATCH, target).auth().json(body).send().await;
        assert_eq!(reply.json()["mood"], mood, "{}", reply.text());
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(title|happy|2026-11-21|circle|2026-11-21T00:00:00Z|Asia/Seoul|\\PC*)".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let names = "(title|count|mood|labels|due|place|lat|name|at|date|dateTime|timeZone|figure|kind|radius|done|.{0,3})";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_is_our_fault(body in any_json(), titled in any::<bool>()) {
        let mut body = body;
        if let (Value::Object(members), true) = (&mut body, titled) {
            members.insert("title".into(), "x".into());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let reply = runtime.block_on(create(body));
        prop_assert!([201, 400, 422].contains(&reply.status.as_u16()), "{}", reply.text());
        if reply.status != 201 {
            prop_assert_eq!(reply.header("content-type"), "application/problem+json");
            prop_assert!(!reply.fields().is_empty());
        }
    }

    #[test]
    fn no_bytes_are_our_fault(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let call = SAMPLE.post("/v1/notes").auth().body("application/json", &body);
        let reply = runtime.block_on(call.send());
        prop_assert!(reply.status.is_client_error(), "{}", reply.text());
    }
}
