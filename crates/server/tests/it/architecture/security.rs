//! The table of `docs/security.md` names tests; they have to exist.

use std::collections::BTreeSet;

use super::tree::{files, read};

#[test]
fn every_test_of_the_security_table_exists() {
    let sources: Vec<String> = files("crates").into_iter().filter(|path| path.ends_with(".rs")).collect();
    let functions: BTreeSet<String> = sources.iter().flat_map(|path| functions(&read(path))).collect();
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

/// The names of the functions that run as tests: those marked as such, and those that run once per
/// database.
fn functions(text: &str) -> Vec<String> {
    let lists = text.split("on_every_database!(").skip(1).filter_map(|rest| rest.split(')').next());
    let listed = lists.flat_map(|list| list.split(',')).map(str::trim);
    let marked = ["#[test]", "#[tokio::test]"].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let marked = marked.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next());
    listed.chain(marked).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
