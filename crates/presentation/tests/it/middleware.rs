//! Request ids, origins, budgets, headers, compression.

use poem::http::Method;
use serde_json::json;

use crate::fixture::{Sample, USER};

#[tokio::test]
async fn well_formed_request_ids_are_kept() {
    let sample = Sample::new();
    for id in ["a", "Web-1._x", &"x".repeat(128)] {
        let reply = sample.get("/v1/nowhere").header("x-request-id", id).send().await;
        assert_eq!(reply.problem(404, "platform.not_found")["requestId"], id);
    }
    for id in ["", "a b", "a\"b", &"x".repeat(129), "<script>"] {
        let reply = sample.get("/v1/guests").header("x-request-id", id).send().await;
        let made = uuid::Uuid::parse_str(reply.header("x-request-id")).unwrap();
        assert_eq!(made.get_version_num(), 7);
    }
}

#[tokio::test]
async fn listed_origins_may_call_and_others_get_no_word() {
    let sample = Sample::new();
    let preflight = async |origin: &str| {
        let call = sample.call(Method::OPTIONS, "/v1/notes").header("origin", origin);
        call.header("access-control-request-method", "DELETE").send().await
    };
    let listed = preflight("https://web.example").await;
    assert_eq!(listed.status, 204);
    assert_eq!(listed.header("access-control-allow-origin"), "https://web.example");
    assert_eq!(listed.header("access-control-allow-credentials"), "true");
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(listed.header("access-control-allow-methods").contains(method));
    }
    for name in ["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-Refresh-Token"] {
        assert!(listed.header("access-control-allow-headers").contains(name));
    }
    for origin in ["https://evil.example", "https://web.example.evil", "http://web.example", "null"] {
        let foreign = preflight(origin).await;
        assert!(foreign.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{origin}");
        let actual = sample.get("/v1/guests").header("origin", origin).send().await;
        assert!(actual.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{origin}");
    }
    for target in ["/v1/guests", "/v1/nowhere", "/v1/notes"] {
        let reply = sample.get(target).header("origin", "https://web.example").send().await;
        assert_eq!(reply.header("access-control-allow-origin"), "https://web.example", "errors too");
        for name in [
            "X-Access-Token",
            "Link",
            "Location",
            "ETag",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "X-Request-Id",
            "Idempotency-Replayed",
        ] {
            assert!(reply.header("access-control-expose-headers").contains(name), "{name}");
        }
        assert!(reply.all("vary").contains("Origin"));
    }
    let slash = Sample::with(|settings| settings.cors_origins = vec!["https://web.example/".into()]);
    let reply = slash.get("/v1/guests").header("origin", "https://web.example").send().await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://web.example");
    let plain =
        sample.call(Method::OPTIONS, "/v1/notes").header("origin", "https://web.example").send().await;
    plain.problem(405, "platform.method_not_allowed");
}

#[tokio::test]
async fn answers_tell_browsers_to_be_careful() {
    let sample = Sample::new();
    for target in ["/v1/guests", "/v1/nowhere", "/", "/problems", "/docs"] {
        let reply = sample.get(target).send().await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{target}");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(reply.header("strict-transport-security").starts_with("max-age="), "https by configuration");
    }
    let plain = Sample::with(|settings| settings.public_url = None);
    assert_eq!(plain.get("/").send().await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn budgets_are_told_and_kept() {
    let sample = Sample::with(|settings| settings.rate_limits = true);
    let reply = sample.get("/v1/notes").auth().send().await;
    assert_eq!(reply.header("ratelimit-policy"), "\"account\";q=1200;w=60, \"address\";q=6000;w=60");
    assert_eq!(reply.header("ratelimit"), "\"account\";r=1199;t=2, \"address\";r=5999;t=2");
    assert_eq!(sample.get("/health/live").send().await.header("ratelimit"), "", "probes are free");
    let login =
        async |email: &str| sample.post("/v1/auth/login").json(json!({ "email": email })).send().await;
    for _ in 0..30 {
        assert_eq!(login("victim@example.com").await.status, 204);
    }
    let refused = login(" Victim@example.com").await;
    refused.problem(429, "platform.rate_limited");
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(refused.header("ratelimit"), "\"login\";r=0;t=2");
    assert_eq!(login("neighbour@example.com").await.status, 204, "the same address, another account");
    let broken = sample.post("/v1/auth/login").body("application/json", b"{").send().await;
    broken.problem(400, "platform.malformed_json");
    assert!(broken.header("ratelimit").contains("\"login\""), "errors are told as well");
    let missing = sample.call(Method::DELETE, "/v1/auth/login").send().await;
    missing.problem(405, "platform.method_not_allowed");
    assert_eq!(missing.header("allow"), "POST");
}

#[tokio::test]
async fn the_caller_and_the_visitor_are_known() {
    let sample = Sample::new();
    let seen = sample.get("/v1/guests").header("user-agent", "agent/1").send().await.json();
    assert_eq!(seen["userAgent"], "agent/1");
    assert!(
        sample.get("/v1/guests").header("user-agent", &"x".repeat(300)).send().await.json()["userAgent"]
            .as_str()
            .unwrap()
            .len()
            == 200
    );
    let seen = sample.post("/v1/guests").auth().header("idempotency-key", "k").send().await.json();
    assert_eq!(seen["user"], USER.to_string());
    assert_eq!(seen["key"], format!("{USER} k"));
}

#[tokio::test]
async fn large_texts_are_compressed_where_asked() {
    let sample = Sample::new();
    for (accepted, coding) in [("gzip", "gzip"), ("br", "br"), ("gzip, br, zstd", "zstd"), ("identity", "")] {
        let reply = sample.get("/v1/notes?limit=50").auth().header("accept-encoding", accepted).send().await;
        assert_eq!(reply.header("content-encoding"), coding);
        assert!(reply.all("vary").contains("Accept-Encoding"));
        let small = sample.get("/v1/guests").header("accept-encoding", accepted).send().await;
        assert_eq!(small.header("content-encoding"), "", "not worth it");
    }
    let none = sample.call(Method::DELETE, "/v1/notes/019a0000-0000-7000-8000-000000000000");
    assert_eq!(none.auth().header("accept-encoding", "gzip").send().await.header("content-encoding"), "");
}
