//! The problems an operation may answer: those it names in its doc comment, and those that all
//! operations of its form share.

use std::collections::BTreeMap;

use anyhow::Context;
use madang_domain::shared::{Code, Kind, platform};
use serde_json::{Map, Value, json};

use crate::http::codes;

/// Splits the `Errors:` line off a description.
pub(super) fn errors(description: &str) -> anyhow::Result<(String, Vec<Code>)> {
    let mut named = Vec::new();
    let mut kept = Vec::new();
    let mut listing = false;
    for line in description.lines() {
        let list = line.trim().strip_prefix("Errors:");
        // A long list goes on until the paragraph ends.
        listing = list.is_some() || listing && !line.trim().is_empty();
        if !listing {
            kept.push(line);
            continue;
        }
        for name in list.unwrap_or(line).split('`').skip(1).step_by(2) {
            named.push(codes::find(name).with_context(|| format!("the code {name} is not in the registry"))?);
        }
    }
    Ok((kept.join("\n").trim().to_owned(), named))
}

/// What any operation of this form may answer.
pub(super) fn shared(operation: &Value, method: &str, path: &str, public: bool) -> Vec<Code> {
    let mut refusals = vec![platform::RATE_LIMITED, platform::UNAVAILABLE];
    let body = operation.get("requestBody").is_some();
    let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    if body {
        refusals.extend([platform::MALFORMED_JSON, platform::UNSUPPORTED_MEDIA_TYPE, platform::TOO_LARGE]);
    }
    if body || parameters.iter().any(|parameter| parameter["in"] == "query") {
        refusals.push(platform::INVALID_FIELDS);
    }
    if !public {
        refusals.push(platform::UNAUTHENTICATED);
    }
    if path.contains('{') {
        refusals.push(platform::NOT_FOUND);
    }
    if parameters.iter().any(|parameter| parameter["name"] == "If-Match") {
        refusals.push(platform::PRECONDITION_FAILED);
    }
    if method == "post" {
        refusals.extend([platform::IDEMPOTENCY_KEY_BUSY, platform::IDEMPOTENCY_KEY_REUSED]);
    }
    refusals
}

pub(super) fn by_status(refusals: &[Code]) -> BTreeMap<String, Vec<Code>> {
    let mut statuses: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in refusals {
        let codes = statuses.entry(codes::status(code.kind).as_u16().to_string()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    statuses
}

pub(super) fn problem(codes: &[Code]) -> Value {
    let mut description: Vec<_> =
        codes.iter().map(|code| format!("`{}`: {}", code.name, code.title.en)).collect();
    if codes == [platform::UNEXPECTED] {
        description = vec!["Any other error, in the same form.".into()];
    }
    let examples: Map<String, Value> =
        codes.iter().map(|code| (code.name.to_owned(), json!({ "value": example(code) }))).collect();
    let mut answer = json!({
        "description": description.join("\n\n"),
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": examples },
        },
    });
    let header = match codes.first().map(|code| code.kind) {
        Some(Kind::Exhausted | Kind::Unavailable) => Some(("Retry-After", "Seconds to wait.", "integer")),
        Some(Kind::Unauthenticated) => {
            Some(("WWW-Authenticate", "How to authenticate (RFC 6750).", "string"))
        }
        _ => None,
    };
    if let Some((name, description, kind)) = header {
        answer["headers"] = json!({ name: { "description": description, "schema": { "type": kind } } });
    }
    answer
}

fn example(code: &Code) -> Value {
    json!({
        "type": format!("/problems/{}", code.name),
        "title": code.title.en,
        "status": codes::status(code.kind).as_u16(),
        "detail": code.advice.en,
        "instance": "/v1/…",
        "code": code.name,
        "requestId": "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_names_known_codes_only() {
        let (kept, named) = errors("What it does.\n\nErrors: `platform.stale`,\n`platform.gone_or_not`.")
            .map_or_else(|error| (error.to_string(), Vec::new()), |(kept, named)| (kept, named));
        assert_eq!((kept.as_str(), named.len()), ("the code platform.gone_or_not is not in the registry", 0));
        let (kept, named) =
            errors("What.\n\nErrors: `platform.stale`,\n`platform.timeout`.\n\nMore.").unwrap();
        assert_eq!(kept, "What.\n\n\nMore.");
        assert_eq!(named, [platform::STALE, platform::TIMEOUT]);
    }
}
