//! Examples of bodies, put together from the examples of their parts.

use serde_json::{Value, json};

use super::schemas::reference;

/// Puts an example beside every JSON schema that has none.
pub(super) fn give_examples(node: &mut Value, document: &Value) {
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
