//! Layers depend inwards, and each leaves the others' tools alone.

use std::process::Command;

use serde_json::Value;

use super::tree::{code, files, read, root};

/// Crate → the crates of this workspace it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("application", &["domain"]),
    ("infrastructure", &["domain", "application"]),
    ("presentation", &["domain", "application"]),
    ("container", &[]),
    ("migration", &[]),
    ("server", &["domain", "application", "infrastructure", "presentation", "container", "migration"]),
    ("testkit", &["domain", "application", "infrastructure", "container", "migration", "server"]),
];

/// Crate → other people's crates it must not use.
const MUST_NOT_USE: &[(&str, &[&str])] = &[
    (
        "domain",
        &["tokio", "async-trait", "sea-orm", "sqlx", "poem", "poem-openapi", "redis", "tracing", "rand"],
    ),
    (
        "application",
        &["sea-orm", "sqlx", "poem", "poem-openapi", "redis", "reqwest", "tokio", "jsonwebtoken"],
    ),
    ("infrastructure", &["poem", "poem-openapi"]),
    ("presentation", &["sea-orm", "sqlx", "redis", "jsonwebtoken", "argon2", "lettre"]),
    ("server", &["sea-orm", "sqlx", "redis", "argon2", "jsonwebtoken"]),
    ("migration", &["poem", "redis", "tokio"]),
];

/// Not in any crate of ours, with the reason.
const NOWHERE: &[(&str, &str)] = &[
    ("chrono", "jiff is the one time library (ADR 0008)"),
    ("time", "jiff is the one time library (ADR 0008)"),
    ("ring", "one TLS provider: aws-lc-rs; two of them panic at the first handshake"),
    ("openssl", "one TLS provider: aws-lc-rs"),
    ("once_cell", "`std::sync::LazyLock` does it"),
];

#[test]
fn layers_depend_inwards() {
    let packages = packages();
    for (layer, allowed) in MAY_USE {
        for name in dependencies(&packages, layer) {
            if let Some(name) = name.strip_prefix("madang-") {
                assert!(allowed.contains(&name), "{layer} must not use {name}");
            }
        }
    }
}

#[test]
fn every_crate_has_its_line_in_the_table() {
    for package in &packages() {
        let name = package["name"].as_str().unwrap().trim_start_matches("madang-");
        assert!(MAY_USE.iter().any(|(layer, _)| *layer == name), "say what {name} may use");
    }
}

#[test]
fn each_layer_leaves_the_tools_of_the_others_alone() {
    let packages = packages();
    for (layer, banned) in MUST_NOT_USE {
        for name in dependencies(&packages, layer) {
            assert!(!banned.contains(&name.as_str()), "{layer} must not use {name}");
        }
    }
    assert_eq!(
        dependencies(&packages, "container").iter().find(|name| !name.starts_with("madang-")),
        None,
        "the container stands on the standard library alone"
    );
}

#[test]
fn some_crates_are_used_nowhere() {
    for package in &packages() {
        for name in package["dependencies"].as_array().unwrap().iter().map(|one| &one["name"]) {
            let banned = NOWHERE.iter().find(|(banned, _)| name == banned);
            assert!(banned.is_none(), "{} uses {name}: {}", package["name"], banned.unwrap().1);
        }
    }
}

#[test]
fn the_domain_is_synchronous() {
    for path in files("crates/domain/src") {
        let text = code(&read(&path));
        assert!(!text.contains("async "), "{path}: the domain neither waits nor asks");
    }
}

/// What `cargo metadata` says of the workspace's own crates.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The names a crate depends on, its tests left aside.
fn dependencies(packages: &[Value], layer: &str) -> Vec<String> {
    let package = packages.iter().find(|package| package["name"] == format!("madang-{layer}")).unwrap();
    let all = package["dependencies"].as_array().unwrap().iter();
    let shipped = all.filter(|dependency| dependency["kind"] != "dev");
    shipped.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
}
