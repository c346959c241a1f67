//! Every error is problem+json, whoever raised it.

use poem::http::Method;
use serde_json::json;

use crate::fixture::Sample;

#[tokio::test]
async fn the_router_answers_problems() {
    let sample = Sample::new();
    let problem = sample.get("/v1/nowhere").send().await.problem(404, "platform.not_found");
    assert_eq!(problem["instance"], "/v1/nowhere");
    assert_eq!(problem["type"], "https://madang.example/problems/platform.not_found");
    // `CONNECT` names a host, not a path.
    sample.call(Method::CONNECT, "example.com:443").send().await.problem(400, "platform.malformed_request");
    sample.get("/nowhere").send().await.problem(404, "platform.not_found");
    for id in ["x", "019a", "%F0%9F%8E%89", "%ff", "%00", "{019a0000-0000-7000-8000-000000000000}"] {
        let reply = sample.get(&format!("/v1/notes/{id}")).auth().send().await;
        reply.problem(404, "platform.not_found");
    }
}

#[tokio::test]
async fn a_wrong_method_tells_the_right_ones() {
    let sample = Sample::new();
    for (path, allowed) in [
        ("/v1/notes", "GET, HEAD, POST"),
        ("/v1/notes/019a0000-0000-7000-8000-000000000000", "DELETE, GET, HEAD, PATCH"),
        ("/v1/auth/login", "POST"),
        ("/health/live", "GET, HEAD"),
        ("/docs/start.js", "GET, HEAD"),
        ("/", "GET, HEAD"),
    ] {
        for key in [None, Some("a-key")] {
            let mut call = sample.call(Method::PUT, path);
            if let Some(key) = key {
                call = call.header("idempotency-key", key);
            }
            let reply = call.send().await;
            reply.problem(405, "platform.method_not_allowed");
            assert_eq!(reply.header("allow"), allowed, "{path}");
        }
    }
}

#[tokio::test]
async fn credentials_are_asked_for_as_the_standard_says() {
    let sample = Sample::new();
    let reply = sample.get("/v1/notes").send().await;
    reply.problem(401, "platform.unauthenticated");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    for value in ["Bearer wrong", "Basic abc", "Bearer", "bearer\u{e9}"] {
        let reply = sample.get("/v1/notes").header("authorization", value).send().await;
        reply.problem(401, "platform.unauthenticated");
        assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{value}");
    }
}

#[tokio::test]
async fn our_faults_show_nothing_but_the_request_id() {
    let sample = Sample::new();
    for how in ["panic", "unexpected"] {
        let reply = sample.post("/v1/troubles").json(json!({ "how": how })).send().await;
        reply.problem(500, "platform.unexpected");
        assert!(!reply.text().contains("secret") && !reply.text().contains("deliberately"));
    }
    sample
        .post("/v1/troubles")
        .json(json!({ "how": "busy" }))
        .send()
        .await
        .problem(503, "platform.overloaded");
    sample
        .post("/v1/troubles")
        .json(json!({ "how": "forbidden" }))
        .send()
        .await
        .problem(403, "platform.forbidden");
    assert_eq!(sample.post("/v1/troubles").send().await.status, 204, "an optional body may be left out");
}

#[tokio::test]
async fn slow_requests_are_given_up() {
    let sample = Sample::with(|settings| settings.request_timeout = std::time::Duration::from_millis(50));
    sample.post("/v1/troubles").json(json!({ "how": "slow" })).send().await.problem(503, "platform.timeout");
}

#[tokio::test]
async fn problems_speak_korean_where_it_is_preferred() {
    let sample = Sample::new();
    for (accepted, language, title) in [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko", "찾을 수 없습니다."),
        ("en, ko;q=0.5", "en", "There is nothing here."),
    ] {
        let reply = sample.get("/v1/nowhere").header("accept-language", accepted).send().await;
        assert_eq!(reply.problem(404, "platform.not_found")["title"], title);
        assert_eq!(reply.header("content-language"), language);
    }
    let reply = sample.post("/v1/notes").auth().header("accept-language", "ko").json(json!({})).send().await;
    let problem = reply.problem(422, "platform.invalid_fields");
    assert_eq!(problem["errors"][0]["detail"], "꼭 필요한 항목입니다. 값을 보내 주세요.");
}

#[tokio::test]
async fn bodies_have_bounds() {
    let sample = Sample::new();
    let large = vec![b'x'; 1024 * 1024 + 1];
    let counted = sample.post("/v1/notes").auth().body("application/json", &large).send().await;
    assert_eq!(counted.problem(413, "platform.too_large")["detail"], "Send at most 1048576 bytes.");
    let announced = sample.post("/v1/notes").auth().header("content-length", "1048577");
    announced.body("application/json", &large).send().await.problem(413, "platform.too_large");
    for length in ["-1", "x", "99999999999999999999999"] {
        let reply = sample.post("/v1/notes").auth().header("content-length", length).send().await;
        reply.problem(400, "platform.malformed_request");
    }
    let packed = sample.post("/v1/notes").auth().header("content-encoding", "gzip");
    packed.body("application/json", b"{}").send().await.problem(415, "platform.unsupported_media_type");
    let long = format!("/v1/notes?x={}", "y".repeat(9000));
    sample.get(&long).auth().send().await.problem(400, "platform.malformed_request");
    let heavy = sample.get("/v1/notes").auth().header("x-heavy", &"y".repeat(40_000));
    heavy.send().await.problem(400, "platform.malformed_request");
}

#[tokio::test]
async fn query_parameters_are_named() {
    let sample = Sample::new();
    for (query, field) in [
        ("limit=abc", "?limit platform.wrong_format"),
        ("limit=", "?limit platform.wrong_format"),
        ("limit=0", "?limit platform.out_of_range"),
        ("limit=101", "?limit platform.out_of_range"),
        ("limit=99999999999999999999", "?limit platform.wrong_format"),
        ("mood=angry", "?mood platform.not_a_choice"),
        ("since=yesterday", "?since platform.wrong_format"),
        ("since=%ff", "?since platform.wrong_format"),
        ("mood=%00", "?mood platform.forbidden_character"),
        ("cursor=abc", "?cursor platform.invalid_cursor"),
    ] {
        let reply = sample.get(&format!("/v1/notes?{query}")).auth().send().await;
        reply.problem(422, "platform.invalid_fields");
        assert_eq!(reply.fields(), [field], "{query}");
    }
    let reply = sample.get("/v1/notes?mood=angry").auth().send().await;
    let detail = reply.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail, "This is not one of the choices. Use one of: happy, verySad.");
    let reply = sample.get("/v1/notes?since=yesterday").auth().send().await;
    let detail = reply.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("2026-11-21T09:30:00Z"), "{detail}");
}
