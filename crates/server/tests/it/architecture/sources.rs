//! Rules about the text of the sources.

use super::tree::{code, files, read, root, rust_files};

/// The only files that may ask which database is behind a connection.
const DIALECTS: &[&str] = &["crates/infrastructure/src/sql/dialect.rs", "migration/src/dialect.rs"];

/// Names of files that say nothing about what is inside.
const NAMELESS: &[&str] = &["utils.rs", "util.rs", "helpers.rs", "common.rs", "misc.rs", "types.rs"];

/// Files whose name says more in its place than the rule assumes.
const NAMED_AFTER_ALL: &[&str] = &["crates/domain/src/identity/password/common.rs"];

/// Left for later, in any spelling. Glued together so that this file passes its own test.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("/ TO", "DO"),
    concat!("# TO", "DO"),
    concat!("FIX", "ME"),
];

/// Paths that exist on one machine only.
const SOMEBODYS_MACHINE: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("../sh", "ared/"),
];

#[test]
fn every_source_file_says_what_it_is() {
    for path in rust_files() {
        assert!(read(&path).starts_with("//!"), "{path} does not open with a module doc");
    }
}

#[test]
fn only_the_dialects_ask_for_the_database() {
    let question = concat!("get_database_", "backend");
    for path in rust_files() {
        let asks = code(&read(&path)).contains(question);
        assert!(!asks || DIALECTS.contains(&path.as_str()), "{path} asks which database it talks to");
    }
}

#[test]
fn file_names_say_what_is_inside() {
    for path in rust_files() {
        let name = path.rsplit('/').next().unwrap();
        let said = !NAMELESS.contains(&name) || NAMED_AFTER_ALL.contains(&path.as_str());
        assert!(said, "{path}: name it after what it holds");
    }
}

#[test]
fn nothing_is_left_for_later_and_nothing_points_into_a_machine() {
    let top =
        ["Makefile", "README.md", "CONTRIBUTING.md", "Cargo.toml", "deny.toml", ".ci/run", ".dockerignore"];
    let folders = ["crates", "migration", "docs", "docker", "scripts", ".github"];
    let below = folders.iter().flat_map(|folder| files(folder));
    for path in top.iter().map(ToString::to_string).chain(below) {
        // Pictures are no text.
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for needle in UNFINISHED.iter().chain(SOMEBODYS_MACHINE) {
            assert!(!text.contains(needle), "{path} contains {needle:?}");
        }
    }
}
