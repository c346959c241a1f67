//! The document, the pages for people, the probes.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::HealthCheck;
use madang_presentation::http::codes;
use serde_json::Value;

use crate::fixture::Sample;

#[tokio::test]
async fn the_index_names_the_documents() {
    let sample = Sample::new();
    let index = sample.get("/").send().await.json();
    assert_eq!(index["name"], "madang");
    for link in ["docs", "openapi", "openapiYaml", "problems", "live", "ready"] {
        let target = index["links"][link].as_str().unwrap();
        assert_eq!(sample.get(target).send().await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn the_interface_comes_whole_from_here() {
    let sample = Sample::new();
    let page = sample.get("/docs").send().await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    for (file, least) in [("swagger-ui.css", 100_000), ("swagger-ui.js", 1_000_000), ("start.js", 100)] {
        assert!(page.text().contains(&format!("/docs/{file}")));
        let reply = sample.get(&format!("/docs/{file}")).send().await;
        assert!(reply.bytes.len() > least, "{file}");
        assert!(reply.header("cache-control").contains("max-age"));
        let known = sample.get(&format!("/docs/{file}")).header("if-none-match", reply.header("etag"));
        assert_eq!(known.send().await.status, 304);
    }
    assert!(sample.get("/docs/swagger-ui.js").send().await.text().contains("SwaggerUIBundle"));
}

#[tokio::test]
async fn every_code_has_its_page() {
    let sample = Sample::new();
    let index = sample.get("/problems").send().await.text();
    for code in codes::all() {
        let page = sample.get(&format!("/problems/{}", code.name)).send().await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains(code.title.ko) && page.text().contains(code.name));
        assert!(index.contains(code.name));
        assert!(codes::markdown().contains(code.name));
    }
    sample.get("/problems/no.such_code").send().await.problem(404, "platform.not_found");
}

struct Check(&'static str, bool, bool);

#[async_trait]
impl HealthCheck for Check {
    fn name(&self) -> &'static str {
        self.0
    }

    fn critical(&self) -> bool {
        self.1
    }

    async fn check(&self) -> anyhow::Result<()> {
        match (self.0, self.2) {
            ("hanging", _) => std::future::pending().await,
            (_, true) => Ok(()),
            (_, false) => anyhow::bail!("host db.internal refused"),
        }
    }
}

#[tokio::test]
async fn readiness_tells_each_check() {
    for (checks, status, word) in [
        (vec![Check("database", true, true)], 200, "ready"),
        (vec![Check("database", true, true), Check("redis", false, false)], 200, "degraded"),
        (vec![Check("database", true, false)], 503, "unavailable"),
        (vec![Check("hanging", true, true)], 503, "unavailable"),
    ] {
        let checks = checks.into_iter().map(|check| Arc::new(check) as Arc<dyn HealthCheck>).collect();
        let sample = Sample::with_checks(checks, |_| {});
        let reply = sample.get("/health/ready").send().await;
        assert_eq!((reply.status.as_u16(), reply.json()["status"].as_str()), (status, Some(word)));
        assert!(!reply.text().contains("db.internal"));
        sample.readiness.stop();
        let reply = sample.get("/health/ready").send().await;
        assert_eq!((reply.status.as_u16(), reply.json()["status"].as_str()), (503, Some("stopping")));
        assert_eq!(sample.get("/health/live").send().await.status, 200);
    }
}

fn operations(document: &Value) -> Vec<&Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|item| item.as_object().unwrap().values()).collect()
}

#[tokio::test]
async fn the_document_is_clean() {
    let sample = Sample::new();
    let served = sample.get("/openapi.json").send().await;
    let yaml = sample.get("/openapi.yaml").send().await;
    let known = sample.get("/openapi.json").header("if-none-match", served.header("etag")).send().await;
    assert_eq!(known.status, 304);
    let served: Value = serde_json::from_slice(&served.bytes).unwrap();
    assert_eq!(serde_yaml_ng::from_slice::<Value>(&yaml.bytes).unwrap(), served);
    assert_eq!(served["servers"][0]["url"], "https://madang.example");
    let text = served.to_string();
    assert!(!text.contains("charset"));
    for operation in operations(&served) {
        for member in ["operationId", "summary", "description", "security"] {
            assert!(!operation[member].is_null(), "{member} of {operation}");
        }
        assert!(operation["responses"]["default"].is_object());
        assert!(operation["responses"]["429"].is_object());
        assert!(operation["responses"]["405"].is_null());
    }
    let create = &served["paths"]["/v1/notes"]["post"];
    assert_eq!(create["description"], "Keeps a note for later.");
    let conflict = &create["responses"]["409"]["content"]["application/problem+json"];
    assert_eq!(conflict["examples"]["platform.stale"]["value"]["code"], "platform.stale");
    assert_eq!(conflict["schema"]["$ref"], "#/components/schemas/Problem");
    for (status, member) in [("400", true), ("401", true), ("422", true), ("415", true), ("404", false)] {
        assert_eq!(create["responses"][status].is_object(), member, "{status}");
    }
    let note = &served["components"]["schemas"]["Note"];
    assert_eq!(note["required"].as_array().unwrap().len(), note["properties"].as_object().unwrap().len());
    let mood = &note["properties"]["mood"];
    assert_eq!(mood["oneOf"][0]["$ref"], "#/components/schemas/Mood");
    assert_eq!(mood["oneOf"][1]["nullable"], true);
    assert!(served["components"]["schemas"]["NotePage"].is_object());
    assert_eq!(create["parameters"][0]["name"], "Idempotency-Key");
    let list = &served["paths"]["/v1/notes"]["get"]["responses"];
    assert!(
        list["200"]["headers"]["Link"].is_object() && list["401"]["headers"]["WWW-Authenticate"].is_object()
    );
    assert!(list["429"]["headers"]["Retry-After"].is_object());
    assert!(served["paths"]["/v1/guests"]["get"]["security"].as_array().unwrap().is_empty());
}
