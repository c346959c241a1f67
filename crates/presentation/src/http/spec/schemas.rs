//! Schemas as tools expect them: plain content types, `nullable`, `required` of answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{super::form::kept, operations};

/// `application/json; charset=utf-8` → `application/json`, which SDK generators read better.
pub(super) fn without_charset(node: &mut Value) {
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

/// A reference with remarks beside it is written as a part for the remarks and one for the reference;
/// generators that make types of parts stumble over the first, which says nothing of a type.
pub(super) fn without_remarks(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if let Some(Value::Array(parts)) = members.get_mut("allOf") {
                let remark = |part: &Value| {
                    part.as_object().is_some_and(|part| part.keys().all(|name| name == "description"))
                };
                parts.retain(|part| !remark(part));
            }
            members.values_mut().for_each(without_remarks);
        }
        Value::Array(items) => items.iter_mut().for_each(without_remarks),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Which way schemas go.
pub(super) struct Sides {
    asked: BTreeSet<String>,
    answered: BTreeSet<String>,
}

impl Sides {
    /// Whether answers alone use this schema.
    pub(super) fn only_answered(&self, name: &str) -> bool {
        self.answered.contains(name) && !self.asked.contains(name)
    }

    /// Whether requests alone use this schema. What answers use as well may get more members one day.
    pub(super) fn only_asked(&self, name: &str) -> bool {
        self.asked.contains(name) && !self.answered.contains(name)
    }
}

/// Which schemas requests use, and which ones answers.
pub(super) fn sides(document: &Value) -> Sides {
    let mut asked = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flat_map(Map::values) {
        for (_, operation) in operations(item) {
            reach(document, &operation["requestBody"], &mut asked);
            reach(document, &operation["parameters"], &mut asked);
            reach(document, &operation["responses"], &mut answered);
        }
    }
    Sides { asked, answered }
}

/// Bodies have no other members than these; whoever misspells one is told.
pub(super) fn closed(schema: &mut Value) {
    if schema["properties"].is_object() && schema.get("additionalProperties").is_none() {
        schema["additionalProperties"] = json!(false);
    }
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

pub(super) fn reference(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix("#/components/schemas/")
}

/// The JSON type of each schema.
pub(super) fn types(document: &Value) -> BTreeMap<String, Value> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas.map(|(name, schema)| (name.clone(), schema["type"].clone())).collect()
}

/// An answer whose type leaves members out says so with these words in its doc comment.
const SPARSE: &str = "Members without a value are left out.";

/// Optional members may be `null`, but for those of a change that cannot be cleared; answers carry all
/// members, unless their type says otherwise.
pub(super) fn nullable(name: &str, schema: &mut Value, answered: bool, types: &BTreeMap<String, Value>) {
    let sparse = schema["description"].as_str().is_some_and(|words| words.contains(SPARSE));
    if answered && sparse {
        return;
    }
    let required: BTreeSet<String> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let kept = kept(name);
    let may_be_null = |name: &str| !required.contains(name) && !kept.contains(&name);
    for (_, property) in properties.iter_mut().filter(|(name, _)| may_be_null(name)) {
        if property.get("$ref").is_some() {
            *property = json!({ "allOf": [property] });
        }
        // `nullable` means something beside a `type` only, and generators overlook it beside a reference.
        let target = property["allOf"][0].clone();
        if let Some(name) = target.get("$ref").and_then(reference) {
            let kind = types.get(name).cloned().unwrap_or_else(|| json!("object"));
            property["oneOf"] = json!([target, { "type": kind, "nullable": true, "enum": [null] }]);
            if let Some(members) = property.as_object_mut() {
                members.remove("allOf");
            }
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
