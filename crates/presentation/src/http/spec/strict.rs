//! What operations want of their queries and what the types of their parameters cannot say.

use serde_json::{Value, json};

/// Parameters that cannot be left out, though their type says so; their handlers name the one that is
/// missing. A test over HTTP looks for more.
pub(super) const NEEDED: &[(&str, &[&str])] = &[
    ("listAgenda", &["from", "to"]),
    ("listCalendarEvents", &["from", "to"]),
    ("listEvents", &["from", "to"]),
    ("finishOauthLoginInBrowser", &["state"]),
];

/// Numbers, wherever they occur: the least and the most. A test over HTTP holds handlers to both.
pub(super) const BOUNDS: &[(&str, i64, Option<i64>)] =
    &[("limit", 1, Some(100)), ("afterSeq", 0, None), ("beforeSeq", 0, None)];

/// Lists that give more at once than others do.
pub(super) const LONGER: &[(&str, i64)] = &[("listCalendarChanges", 500)];

/// The example of where a range of instants ends: a week after that of all instants.
const END: &str = "2026-11-28T09:30:00Z";

/// Says so in the parameters of an operation.
pub(super) fn strict(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let needed = NEEDED.iter().find(|(operation, _)| *operation == id).map_or(&[][..], |(_, names)| names);
    let longer = LONGER.iter().find(|(operation, _)| *operation == id).map(|(_, most)| *most);
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "query") {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        if needed.contains(&name.as_str()) {
            parameter["required"] = json!(true);
        }
        // All instants share one example, and a range that ends where it begins is refused.
        if name == "to" && parameter["schema"]["format"] == "date-time" {
            parameter["schema"]["example"] = json!(END);
        }
        if let Some((_, least, most)) = BOUNDS.iter().find(|(bound, ..)| *bound == name) {
            parameter["schema"]["minimum"] = json!(least);
            if let Some(most) = longer.filter(|_| name == "limit").or(*most) {
                parameter["schema"]["maximum"] = json!(most);
            }
        }
    }
}
