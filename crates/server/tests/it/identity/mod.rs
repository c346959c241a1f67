//! Accounts, sessions and people: A and B of the features.

mod mail;
mod profile;
mod sessions;
mod signup;
mod social;
mod tokens;

use madang_testkit::{Call, PASSWORD, TestApp};
use serde_json::{Value, json};

/// A valid sign-up with these members replaced.
fn sign_up(app: &TestApp, changes: Value) -> Call {
    let mut body = json!({
        "email": "haneul@example.com", "password": PASSWORD, "passwordConfirmation": PASSWORD, "nickname": "하늘",
    });
    for (name, value) in changes.as_object().expect("an object") {
        if name == "password" {
            body["passwordConfirmation"] = value.clone();
        }
        body[name] = value.clone();
    }
    app.post("/v1/auth/signup").json(body)
}

/// The codes of a problem's field errors, as `pointer code`.
fn fields(problem: &Value) -> Vec<String> {
    let mut fields: Vec<String> = problem["errors"]
        .as_array()
        .expect("field errors")
        .iter()
        .map(|field| format!("{} {}", field["pointer"].as_str().unwrap(), field["code"].as_str().unwrap()))
        .collect();
    fields.sort();
    fields
}
