//! Accounts, sessions and people: A and B of the features.

pub(crate) mod admin;
mod codes;
mod denylist;
pub(crate) mod export;
mod hanging;
mod leaked;
mod mail;
mod misuse;
mod profile;
mod race;
mod renewal;
mod revocation;
mod sessions;
mod signup;
mod smtp;
mod social;
mod texting;
mod timing;
mod tokens;

use std::time::{Duration, Instant};

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

/// Waits until an access token is refused: within a second, on a machine that has nothing else to do.
async fn refused_soon(app: &TestApp, token: &str) {
    let begun = Instant::now();
    loop {
        let reply = app.get("/v1/me").bearer(token).send().await;
        if reply.status == 401 {
            assert_eq!(reply.json()["code"], "identity.session_ended");
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "still let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
