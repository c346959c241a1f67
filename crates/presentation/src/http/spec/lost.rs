//! Rules hang on names, which somebody may change; a rule about a name that nothing has holds nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    super::form::KEPT,
    examples::MEMBERS,
    operations,
    schemas::reference,
    strict::{BOUNDS, LONGER, NEEDED},
};

/// The rules of this folder, and of forms, that are about nothing in this document.
pub(super) fn lost(document: &Value) -> Vec<String> {
    let paths = || document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations: Vec<_> = paths().flat_map(operations).map(|(_, operation)| operation).collect();
    let bodies: BTreeSet<_> = operations.iter().filter_map(|operation| body(operation)).collect();
    let has_member = |schema: &str, member: &str| {
        document["components"]["schemas"][schema]["properties"].get(member).is_some()
    };
    let asks = |id: &str, name: &str| {
        operations
            .iter()
            .any(|operation| (id.is_empty() || operation["operationId"] == id) && queries(operation, name))
    };
    let mut lost = Vec::new();
    for (schema, members) in KEPT {
        // Forms know nothing but the body as a whole.
        let members = members.iter().filter(|member| !bodies.contains(schema) || !has_member(schema, member));
        lost.extend(members.map(|member| format!("KEPT: {schema}.{member}")));
    }
    for (schema, member, _) in MEMBERS.iter().filter(|(schema, member, _)| !has_member(schema, member)) {
        lost.push(format!("MEMBERS: {schema}.{member}"));
    }
    for (id, names) in NEEDED {
        let names = names.iter().filter(|name| !asks(id, name));
        lost.extend(names.map(|name| format!("NEEDED: {id}?{name}")));
    }
    lost.extend(
        BOUNDS.iter().filter(|(name, ..)| !asks("", name)).map(|(name, ..)| format!("BOUNDS: {name}")),
    );
    lost.extend(LONGER.iter().filter(|(id, _)| !asks(id, "limit")).map(|(id, _)| format!("LONGER: {id}")));
    lost
}

/// The schema of the JSON that an operation takes.
fn body(operation: &Value) -> Option<&str> {
    operation.pointer("/requestBody/content/application~1json/schema/$ref").and_then(reference)
}

fn queries(operation: &Value, name: &str) -> bool {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
}
