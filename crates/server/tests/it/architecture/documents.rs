//! What is published equals what the program does: the API document, the error codes, the open doors.

use std::collections::BTreeSet;

use madang_presentation::http::{codes, spec};
use madang_server::app;
use serde_json::Value;

use super::tree::{folders, read};

/// Operations that answer somebody without credentials. Every other one wants a bearer.
const PUBLIC: &[&str] = &[
    "beginOauthLogin",
    "confirmEmail",
    "confirmPasswordReset",
    "finishOauthLogin",
    "finishOauthLoginInBrowser",
    "fetchMedia",
    "getDefaultAvatar",
    "getSharedCalendar",
    "introspectToken",
    "listKeys",
    "listOauthProviders",
    "logIn",
    "logOut",
    "openRealtime",
    "receiveOauthUnlink",
    "receiveOauthUnlinkByAddress",
    "refreshSession",
    "requestPasswordReset",
    "sendEmailCode",
    "showDigestUnsubscription",
    "signUp",
    "unsubscribeFromDigests",
];

/// The words an operation is counted by in a document's path item.
const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "options", "trace"];

#[test]
fn the_api_document_is_the_committed_one() {
    let printed = app::document().unwrap().json().unwrap();
    let same = printed.trim_end() == read("docs/openapi.json").trim_end();
    assert!(same, "docs/openapi.json is stale: run `make openapi` and review the difference");
}

#[test]
fn the_list_of_errors_is_the_committed_one() {
    let same = codes::markdown().trim_end() == read("docs/errors.md").trim_end();
    assert!(same, "docs/errors.md is stale: run `make openapi` and review the difference");
}

#[test]
fn every_capability_registers_its_codes() {
    for capability in folders("crates/domain/src").into_iter().filter(|name| name != "shared") {
        let prefix = format!("{capability}.");
        let known = codes::all().iter().any(|code| code.name.starts_with(&prefix));
        assert!(known, "http::codes::all() does not list the codes of {capability}");
    }
}

#[test]
fn the_open_doors_are_these() {
    let open: BTreeSet<String> = operations().into_iter().filter(is_public).map(|one| id(&one)).collect();
    let intended: BTreeSet<String> = PUBLIC.iter().map(ToString::to_string).collect();
    assert_eq!(open, intended, "an operation without `Auth` among its arguments is public");
}

#[test]
fn every_operation_reads_well() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let id = id(&operation);
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id} is not lowerCamel");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id} is not lowerCamel");
        let tags = operation["tags"].as_array().map_or(0, Vec::len);
        assert_eq!(tags, 1, "{id} has one tag");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{id} has no summary");
    }
}

#[test]
fn every_rule_of_the_document_is_about_something_in_it() {
    let lost = app::document().unwrap().lost_rules();
    assert!(lost.is_empty(), "renamed? These hold nothing: {lost:#?}");
}

#[test]
fn every_text_in_an_example_means_something() {
    for operation in operations() {
        let unknown = unknown(&operation);
        let id = id(&operation);
        assert!(
            unknown.is_empty(),
            "{id}: give {unknown:?} an example in http/spec/examples.rs or on the type"
        );
    }
}

/// The members of all examples below this node that nobody gave a value.
fn unknown(node: &Value) -> Vec<&str> {
    match node {
        Value::Object(members) => {
            let own = members.iter().filter(|(_, value)| {
                *value == spec::UNKNOWN
                    || value.as_array().is_some_and(|all| all.iter().any(|one| one == spec::UNKNOWN))
            });
            own.map(|(name, _)| name.as_str()).chain(members.values().flat_map(unknown)).collect()
        }
        Value::Array(items) => items.iter().flat_map(unknown).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn operations() -> Vec<Value> {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let items = paths.flat_map(|item| item.as_object().unwrap().iter());
    items.filter(|(method, _)| METHODS.contains(&method.as_str())).map(|(_, one)| one.clone()).collect()
}

fn id(operation: &Value) -> String {
    operation["operationId"].as_str().expect("an operationId").to_owned()
}

/// No requirement, or one that asks for nothing.
fn is_public(operation: &Value) -> bool {
    let requirements = operation["security"].as_array();
    requirements.is_none_or(|all| all.is_empty() || all.iter().any(|one| one.as_object().unwrap().is_empty()))
}
