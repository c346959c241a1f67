//! A capability is one folder in each layer; others see only its `domain_events` and its `queries`.

use std::collections::BTreeSet;

use super::tree::{code, files, folders, read, root};

/// Layer → its folders that are no capability.
const TECHNICAL: &[(&str, &[&str])] = &[
    ("domain", &["shared"]),
    ("application", &["shared"]),
    ("infrastructure", &["sql", "redis", "memory", "crypto", "mail"]),
    ("presentation", &["http"]),
];

/// Capability → whose `domain_events` and `queries` it may import. Acyclic.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("moderation", &["identity", "community"]),
    ("media", &["identity"]),
    ("identity", &[]),
    ("calendar", &["identity"]),
    ("community", &["identity", "calendar"]),
    ("chat", &["identity", "community", "calendar"]),
    ("notifications", &["identity", "community", "calendar", "chat"]),
];

/// Layer → the part of a capability that others may import there. `visibility` is a piece of SQL: a
/// rule about who may see what stands once, and lists of other capabilities filter by it.
const EXPOSED: &[(&str, &str)] = &[
    ("madang_domain", "domain_events"),
    ("madang_application", "queries"),
    ("madang_infrastructure", "visibility"),
];

/// Answers that are part of other capabilities' answers: the exceptions, in full.
const SHARED_ANSWERS: &[&str] =
    &["madang_presentation::identity::UserSummary", "madang_presentation::media::Media"];

#[test]
fn every_layer_has_the_same_capabilities() {
    let capabilities = capabilities();
    for (layer, technical) in TECHNICAL {
        let mut found = folders(&format!("crates/{layer}/src"));
        found.retain(|name| !technical.contains(&name.as_str()));
        assert_eq!(found, capabilities, "in {layer}");
    }
    let tables = files("crates/server/src/modules");
    for capability in &capabilities {
        let table = format!("crates/server/src/modules/{capability}.rs");
        assert!(tables.contains(&table), "{table}, the table of contents, is missing");
        assert!(MAY_IMPORT.iter().any(|(name, _)| name == capability), "say what {capability} may import");
    }
}

#[test]
fn a_capability_is_a_folder_with_a_mod_rs() {
    for (layer, _) in TECHNICAL {
        for folder in folders(&format!("crates/{layer}/src")) {
            let folder = format!("crates/{layer}/src/{folder}");
            assert!(root().join(format!("{folder}/mod.rs")).exists(), "{folder} has no mod.rs");
            assert!(!root().join(format!("{folder}.rs")).exists(), "{folder}.rs stands beside its folder");
        }
    }
}

#[test]
fn imports_between_capabilities_follow_the_table() {
    let capabilities = capabilities();
    let mut refused = Vec::new();
    for (layer, _) in TECHNICAL {
        for capability in &capabilities {
            for path in files(&format!("crates/{layer}/src/{capability}")) {
                for import in imports(&read(&path), layer) {
                    if let Some(reason) = refusal(&import, capability, &capabilities) {
                        refused.push(format!("{path} imports {import}: {reason}"));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "\n{}", refused.join("\n"));
}

#[test]
fn the_import_table_is_acyclic() {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < MAY_IMPORT.len() {
        let ready = MAY_IMPORT
            .iter()
            .find(|(name, needs)| !settled.contains(name) && needs.iter().all(|need| settled.contains(need)));
        let (name, _) = ready.expect("the table of imports has a cycle");
        settled.insert(name);
    }
}

#[test]
fn migrations_name_their_capability() {
    let capabilities = capabilities();
    for path in files("migration/src").into_iter().filter(|path| path.contains("/m2")) {
        let name = path.rsplit('/').next().unwrap();
        let capability = name.split('_').nth(2).unwrap();
        assert!(capability == "platform" || capabilities.contains(capability), "whose is {path}?");
    }
}

#[test]
fn grouped_imports_are_read_too() {
    let text = "use std::fmt;\nuse madang_domain::{\n    calendar::{Event, names::Title as T},\n    shared::Id,\n};\n";
    let found = imports(text, "application");
    for wanted in [
        "madang_domain::calendar::Event",
        "madang_domain::calendar::names::Title",
        "madang_domain::shared::Id",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{found:?}");
    }
    let inline = imports("let a = crate::identity::service::X::new();", "application");
    assert_eq!(inline, ["madang_application::identity::service::X::new"]);
}

fn capabilities() -> BTreeSet<String> {
    let mut found = folders("crates/domain/src");
    found.remove("shared");
    found
}

/// Why `capability` must not import this path; `None` if it may.
fn refusal(import: &str, capability: &str, capabilities: &BTreeSet<String>) -> Option<String> {
    let mut segments = import.split("::");
    let layer = segments.next()?;
    let other = segments.next()?;
    if !layer.starts_with("madang_") || other == capability || !capabilities.contains(other) {
        return None;
    }
    if SHARED_ANSWERS.contains(&import) {
        return None;
    }
    let (_, allowed) = MAY_IMPORT.iter().find(|(name, _)| *name == capability)?;
    if !allowed.contains(&other) {
        return Some(format!("{capability} may not know {other}"));
    }
    let part = segments.next().unwrap_or_default();
    let exposed = EXPOSED.contains(&(layer, part));
    (!exposed).then(|| format!("only domain_events and queries of {other} are for others"))
}

/// Every path into a crate of ours that a source text names, `use` groups flattened and `crate`
/// spelt out.
fn imports(text: &str, layer: &str) -> Vec<String> {
    let text = code(text);
    let mut found = Vec::new();
    for (start, _) in text.match_indices("madang_").chain(text.match_indices("crate::")) {
        if text[..start].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c)) {
            continue;
        }
        flatten("", &text[start..], &mut found);
    }
    let own = format!("madang_{layer}");
    found
        .iter()
        .map(|path| path.strip_prefix("crate").map_or(path.clone(), |rest| format!("{own}{rest}")))
        .collect()
}

/// Reads one path or group at the start of `text`; answers how many bytes it took.
fn flatten(prefix: &str, text: &str, found: &mut Vec<String>) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    if !text[end..].starts_with('{') || !path.ends_with("::") {
        found.push(path);
        return end;
    }
    let mut at = end + 1;
    while let Some(next) = text[at..].chars().next() {
        match next {
            '}' => return at + 1,
            c if c.is_alphabetic() || c == '_' => {
                at += flatten(&path, &text[at..], found);
                // `as Name` renames; the new name is no path.
                if let Some(rest) = text[at..].strip_prefix(" as ") {
                    let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                    at += " as ".len() + name;
                }
            }
            c => at += c.len_utf8(),
        }
    }
    at
}
