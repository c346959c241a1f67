//! The OpenAPI document: what poem-openapi writes, made clean in one step.
//!
//! Mended here: content types with a charset, nullability, `required` of answers, the problem
//! answers of every operation, public operations, examples. Operations name their error codes in
//! their doc comment, in one line that begins with `Errors:`.

mod examples;
mod lost;
mod refusals;
mod schemas;
mod strict;

use anyhow::{Context, bail};
use madang_domain::shared::platform;
use poem_openapi::{registry::Registry, types::Type};
use serde_json::{Value, json};

use self::{
    examples::{MEMBERS, Side, give_examples},
    refusals::{by_status, errors, problem, shared},
    schemas::{closed, nullable, reference, sides, types, without_charset, without_remarks},
    strict::strict,
};
use super::{problem::ProblemBody, routes::Operation};

pub use examples::UNKNOWN;

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

    /// What rules say about names that nothing here has: "which table: which name". None in the document
    /// of the whole program, which a test of the server keeps so.
    pub fn lost_rules(&self) -> Vec<String> {
        lost::lost(&self.0)
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
    without_remarks(&mut document);
    let sides = sides(&document);
    let types = types(&document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas.iter_mut() {
            nullable(name, schema, sides.only_answered(name), &types);
            if sides.only_asked(name) {
                closed(schema);
            }
        }
        // Nothing refers to it in the raw document, which drops it therefore. Added after the
        // loop: it is rendered without the members it does not need.
        let mut registry = Registry::new();
        ProblemBody::register(&mut registry);
        for (name, schema) in &registry.schemas {
            schemas.insert(name.clone(), serde_json::to_value(schema)?);
        }
        for (name, member, example) in MEMBERS {
            let properties = schemas.get_mut(*name).and_then(|schema| schema.get_mut("properties"));
            if let Some(property) = properties.and_then(|properties| properties.get_mut(*member)) {
                property["example"] = json!(example);
            }
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
    strict(operation);
    if method == "post" {
        accept_key(operation);
    }
    if let Some(page) = operation.pointer_mut("/responses/200") {
        link(page, document);
    }
    for (name, side) in [("requestBody", Side::Request), ("responses", Side::Answer)] {
        if let Some(bodies) = operation.get_mut(name) {
            give_examples(bodies, side, document);
        }
    }
    Ok(())
}

/// Every unsafe `POST` takes an `Idempotency-Key`; the middleware reads it.
fn accept_key(operation: &mut Value) {
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "A key of your choice, best a UUID: repeating the request with it within 24 hours has no \
                        second effect and gets the first answer.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(key),
        None => operation["parameters"] = json!([key]),
    }
}

/// Pages link to the next one.
fn link(answer: &mut Value, document: &Value) {
    let schema = &answer["content"]["application/json"]["schema"];
    let Some(name) = schema.get("$ref").and_then(reference) else { return };
    if document["components"]["schemas"][name]["properties"]["nextCursor"].is_null() {
        return;
    }
    answer["headers"]["Link"] = json!({
        "description": "The address of the next page with `rel=\"next\"`; absent on the last one.",
        "schema": { "type": "string" },
    });
}
