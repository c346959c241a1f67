//! Documents name tests, above all the table of `docs/security.md`; they have to exist.

use std::collections::BTreeSet;

use super::tree::{files, read};

#[test]
fn every_test_of_the_security_table_exists() {
    let functions = tests();
    let document = read("docs/security.md");
    let (_, table) = document.split_once("## ASVS 5.0").expect("the table");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 60, "only {} rows", rows.len());
    let mut items = BTreeSet::new();
    for row in rows {
        let [item, level, _, tests] = row[..] else { panic!("four columns: {row:?}") };
        assert!(item.split('.').count() == 3 && ["1", "2"].contains(&level), "{row:?}");
        assert!(items.insert(item.to_owned()), "{item} stands twice");
        for test in tests.split(',').map(|test| test.trim().trim_matches('`')) {
            assert!(functions.contains(test), "{item} names {test}, which is no test");
        }
    }
}

#[test]
fn every_test_that_a_document_names_exists() {
    let functions = tests();
    let mut found = 0;
    let documents = files("docs").into_iter().filter(|path| path.ends_with(".md"));
    for path in documents.chain(["README.md".into(), "CONTRIBUTING.md".into()]) {
        let document = read(&path);
        // Between two backticks; in the even places is what stands around them.
        for quoted in document.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let name = quoted.rsplit("::").next().unwrap_or_default();
            if is_sentence(name) {
                assert!(functions.contains(name), "{path} names {quoted}, which is no test");
                found += 1;
            }
        }
    }
    assert!(found > 100, "only {found} names");
}

/// Tests are called by what they show, in five words and more; else only what is measured has long names.
fn is_sentence(name: &str) -> bool {
    name.split('_').count() > 4
        && !name.starts_with("madang_")
        && name.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

fn tests() -> BTreeSet<String> {
    let sources = files("crates").into_iter().filter(|path| path.ends_with(".rs"));
    sources.flat_map(|path| functions(&read(&path))).collect()
}

/// The names of the functions that run as tests: those marked as such, and those that run once per
/// database.
fn functions(text: &str) -> Vec<String> {
    let lists = text.split("on_every_database!(").skip(1).filter_map(|rest| rest.split(')').next());
    let listed = lists.flat_map(|list| list.split(',')).map(str::trim);
    let marked = ["#[test]", "#[tokio::test]"].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let marked = marked.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next());
    listed.chain(marked).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
