//! The OpenAPI document: what poem-openapi writes, made clean in one step.
//!
//! Mended here: content types with a charset, nullability, `required` of answers, the problem
//! answers of every operation, public operations, examples. Operations name their error codes in
//! their doc comment, in one line that begins with `Errors:`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use madang_domain::shared::{Code, platform};
use poem_openapi::{registry::Registry, types::Type};
use serde_json::{Map, Value, json};

use super::{codes, problem::ProblemBody, routes::Operation};

/// `info.title`
pub const TITLE: &str = "Madang";

const DESCRIPTION: &str = "The backend of a calendar community: keep and share calendars, do things together, \
follow each other and talk about it.\n\nErrors are `application/problem+json` (RFC 9457) with a stable `code`; \
texts come in English, or in Korean where `Accept-Language` prefers it. Lists are paged by `limit` and `cursor`. \
Unsafe `POST`s honour `Idempotency-Key`; versioned resources honour `If-Match` and `If-None-Match`.";

const METHODS: &[&str] = &["get", "put", "post", "patch", "delete"];

/// The finished document.
#[derive(Clone, Debug)]
pub struct Document(Value);

impl Document {
    /// As JSON, indented.
    ///
    /// # Errors
    /// Never in practice; it was JSON before.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(&self.0)? + "\n")
    }

    /// As YAML.
    ///
    /// # Errors
    /// Never in practice; every JSON value can be written as YAML.
    pub fn yaml(&self) -> anyhow::Result<String> {
        Ok(serde_yaml_ng::to_string(&self.0)?)
    }

    /// The operations, as far as refusals talk about them.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| operations(item).filter_map(|(m, o)| self.operation(path, m, o)))
            .collect()
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Option<Operation> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let choices = parameters.filter_map(|parameter| {
            let name = parameter["name"].as_str()?.to_owned();
            let choices = self.resolved(&parameter["schema"])["enum"].as_array()?;
            let choices: Vec<_> = choices.iter().filter_map(Value::as_str).collect();
            Some((name, choices.join(", ")))
        });
        let choices = choices.collect();
        Some(Operation { path: path.to_owned(), method: method.to_uppercase().parse().ok()?, choices })
    }

    fn resolved<'d>(&'d self, schema: &'d Value) -> &'d Value {
        let part = &schema["allOf"][0];
        let schema = if part.is_null() { schema } else { part };
        schema.get("$ref").and_then(reference).map_or(schema, |name| &self.0["components"]["schemas"][name])
    }
}

fn operations(item: &Value) -> impl Iterator<Item = (&str, &Value)> {
    METHODS.iter().filter_map(move |method| Some((*method, item.get(method)?)))
}

/// Makes the document clean.
///
/// # Errors
/// An operation without an id, a summary, a description or exactly one tag; an `Errors:` line
/// that names an unknown code.
pub fn document(raw: &str, public_url: Option<&str>) -> anyhow::Result<Document> {
    let mut document: Value = serde_json::from_str(raw).context("the raw document")?;
    document["openapi"] = json!("3.0.3");
    document["info"]["description"] = json!(DESCRIPTION);
    document["info"]["license"] =
        json!({ "name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/MIT.html" });
    document["servers"] = json!([{ "url": server(public_url) }]);
    without_charset(&mut document);
    let answered = answered_only(&document);
    let types = types(&document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas.iter_mut() {
            nullable(schema, answered.contains(name), &types);
        }
        // Nothing refers to it in the raw document, which drops it therefore. Added after the
        // loop: it is rendered without the members it does not need.
        let mut registry = Registry::new();
        ProblemBody::register(&mut registry);
        for (name, schema) in &registry.schemas {
            schemas.insert(name.clone(), serde_json::to_value(schema)?);
        }
    }
    let examples = document.clone();
    let paths = document["paths"].as_object_mut().context("no paths")?;
    for (path, item) in paths.iter_mut() {
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else { continue };
            finish(operation, method, path, &examples)
                .with_context(|| format!("{} {path}", method.to_uppercase()))?;
        }
    }
    Ok(Document(document))
}

/// Where the paths begin, without the slash they all begin with.
fn server(public_url: Option<&str>) -> &str {
    public_url.map_or("/", |url| url.trim_end_matches('/'))
}

/// `application/json; charset=utf-8` → `application/json`, which SDK generators read better.
fn without_charset(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if let Some(Value::Object(content)) = members.get_mut("content") {
                let plain = std::mem::take(content).into_iter();
                *content = plain
                    .map(|(kind, media)| (kind.split(';').next().unwrap_or_default().to_owned(), media))
                    .collect();
            }
            members.values_mut().for_each(without_charset);
        }
        Value::Array(items) => items.iter_mut().for_each(without_charset),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Schemas that only answers use.
fn answered_only(document: &Value) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flat_map(Map::values) {
        for (_, operation) in operations(item) {
            reach(document, &operation["requestBody"], &mut asked);
            reach(document, &operation["parameters"], &mut asked);
            reach(document, &operation["responses"], &mut answered);
        }
    }
    &answered - &asked
}

fn reach(document: &Value, node: &Value, found: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(reference)
                && found.insert(name.to_owned())
            {
                reach(document, &document["components"]["schemas"][name], found);
            }
            members.values().for_each(|member| reach(document, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn reference(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix("#/components/schemas/")
}

/// The JSON type of each schema.
fn types(document: &Value) -> BTreeMap<String, Value> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas.map(|(name, schema)| (name.clone(), schema["type"].clone())).collect()
}

/// Optional members may be `null`; answers always carry all members.
fn nullable(schema: &mut Value, answered: bool, types: &BTreeMap<String, Value>) {
    let required: BTreeSet<String> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(*name)) {
        if property.get("$ref").is_some() {
            *property = json!({ "allOf": [property] });
        }
        // `nullable` means something beside a `type` only.
        if let Some(name) = property["allOf"][0].get("$ref").and_then(reference) {
            property["type"] = types.get(name).cloned().unwrap_or_else(|| json!("object"));
        }
        if property.get("type").is_some() {
            property["nullable"] = json!(true);
        }
        if let Some(choices) = property.get_mut("enum").and_then(Value::as_array_mut) {
            choices.push(Value::Null);
        }
    }
    if answered {
        let all: Vec<_> = properties.keys().cloned().collect();
        schema["required"] = json!(all);
    }
}

/// Checks the house rules of one operation, and writes down what all operations share.
fn finish(operation: &mut Value, method: &str, path: &str, document: &Value) -> anyhow::Result<()> {
    let text = |name: &str| operation[name].as_str().unwrap_or_default().trim().to_owned();
    if text("operationId").is_empty() || text("summary").is_empty() {
        bail!("an operation needs an operation_id and a summary");
    }
    if operation["tags"].as_array().is_none_or(|tags| tags.len() != 1) {
        bail!("an operation needs exactly one tag");
    }
    let summary = text("summary");
    let (description, named) = errors(&text("description"))?;
    operation["description"] = json!(if description.is_empty() { summary } else { description });
    let public = operation.get("security").is_none();
    if public {
        operation["security"] = json!([]);
    }
    let mut refusals = named;
    refusals.extend(shared(operation, method, path, public));
    let responses = operation["responses"].as_object_mut().context("no responses")?;
    for (status, codes) in by_status(&refusals) {
        responses.insert(status, problem(&codes));
    }
    responses.insert("default".into(), problem(&[platform::UNEXPECTED]));
    for side in ["requestBody", "responses"] {
        if let Some(side) = operation.get_mut(side) {
            give_examples(side, document);
        }
    }
    Ok(())
}

/// Splits the `Errors:` line off a description.
fn errors(description: &str) -> anyhow::Result<(String, Vec<Code>)> {
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
fn shared(operation: &Value, method: &str, path: &str, public: bool) -> Vec<Code> {
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

fn by_status(refusals: &[Code]) -> BTreeMap<String, Vec<Code>> {
    let mut statuses: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in refusals {
        let codes = statuses.entry(codes::status(code.kind).as_u16().to_string()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    statuses
}

fn problem(codes: &[Code]) -> Value {
    let mut description: Vec<_> =
        codes.iter().map(|code| format!("`{}`: {}", code.name, code.title.en)).collect();
    if codes == [platform::UNEXPECTED] {
        description = vec!["Any other error, in the same form.".into()];
    }
    let examples: Map<String, Value> =
        codes.iter().map(|code| (code.name.to_owned(), json!({ "value": example(code) }))).collect();
    json!({
        "description": description.join("\n\n"),
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": examples },
        },
    })
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

/// Puts an example beside every JSON schema that has none.
fn give_examples(node: &mut Value, document: &Value) {
    match node {
        Value::Object(members) => {
            if let Some(Value::Object(content)) = members.get_mut("content") {
                for (kind, media) in
                    content.iter_mut().filter(|(kind, _)| kind.as_str() == "application/json")
                {
                    let _ = kind;
                    if media.get("example").is_none() && media.get("examples").is_none() {
                        media["example"] = sample(&media["schema"], document, 0);
                    }
                }
            }
            members.values_mut().for_each(|member| give_examples(member, document));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| give_examples(item, document)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A value that fits a schema, from the examples of its parts.
fn sample(schema: &Value, document: &Value, depth: usize) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema.get("default")) {
        return example.clone();
    }
    if let Some(name) = schema.get("$ref").and_then(reference) {
        return if depth > 6 {
            Value::Null
        } else {
            sample(&document["components"]["schemas"][name], document, depth + 1)
        };
    }
    if let Some(part) = schema["allOf"]
        .as_array()
        .or(schema["oneOf"].as_array())
        .or(schema["anyOf"].as_array())
        .and_then(|all| all.first())
    {
        return sample(part, document, depth);
    }
    if let Some(choice) = schema["enum"].as_array().and_then(|choices| choices.first()) {
        return choice.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties.map(|(name, property)| (name.clone(), sample(property, document, depth))).collect()
        }
        Some("array") if depth > 3 => json!([]),
        Some("array") => json!([sample(&schema["items"], document, depth + 1)]),
        Some("string") if schema["format"] == "uuid" => json!("019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69"),
        Some("string") => json!("text"),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(schema["minimum"].as_f64().map_or(1, |minimum| minimum as i64)),
        _ => Value::Null,
    }
}
