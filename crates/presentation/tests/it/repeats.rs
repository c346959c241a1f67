//! `Idempotency-Key`.

use serde_json::json;

use crate::fixture::Sample;

#[tokio::test]
async fn a_repeated_post_gets_the_first_answer_byte_for_byte() {
    let sample = Sample::new();
    let post = async |token: &str, title: &str, key: &str| {
        let call = sample.post("/v1/notes").bearer(token).header("idempotency-key", key);
        call.json(json!({ "title": title })).send().await
    };
    let first = post("good", "a", "key-1").await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, ""));
    let again = post("good", "a", "key-1").await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.bytes, first.bytes);
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name));
    }
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"), "that names this request");
    post("good", "b", "key-1").await.problem(422, "platform.idempotency_key_reused");
    assert_ne!(post("other", "a", "key-1").await.bytes, first.bytes, "keys belong to accounts");
    assert_ne!(post("good", "a", "key-2").await.bytes, first.bytes);
    // Whoever has no good token gets nobody's answer.
    post("wrong", "a", "key-1").await.problem(401, "platform.unauthenticated");
}

#[tokio::test]
async fn final_refusals_are_repeated_and_passing_ones_are_not() {
    let sample = Sample::new();
    let trouble = async |how: &str| {
        let call = sample.post("/v1/troubles").header("idempotency-key", &format!("key-{how}"));
        call.json(json!({ "how": how })).send().await
    };
    let first = trouble("forbidden").await;
    let again = trouble("forbidden").await;
    assert_eq!((again.header("idempotency-replayed"), &again.bytes), ("true", &first.bytes));
    for how in ["busy", "unexpected", "panic"] {
        trouble(how).await;
        assert_eq!(trouble(how).await.header("idempotency-replayed"), "", "{how}");
    }
    for _ in 0..2 {
        let reply = sample.post("/v1/notes").header("idempotency-key", "k").json(json!({})).send().await;
        reply.problem(401, "platform.unauthenticated");
        assert_eq!(reply.header("idempotency-replayed"), "");
    }
}

#[tokio::test]
async fn keys_are_short_visible_texts() {
    let sample = Sample::new();
    for key in ["", "a b", &"x".repeat(256), "\u{e9}"] {
        let call = sample.post("/v1/notes").auth().header("idempotency-key", key);
        call.json(json!({ "title": "a" })).send().await.problem(422, "platform.invalid_fields");
    }
    let ignored = sample.get("/v1/guests").header("idempotency-key", "a b").send().await;
    assert_eq!(ignored.status, 200, "reading needs no key");
}
