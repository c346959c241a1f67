//! The source tree as the other tests read it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What the tools make, or what belongs to one machine.
const NOT_SOURCE: &[&str] = &["target", "node_modules", ".git", "data", ".venv"];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A text file of the repository.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, as paths relative to the root.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    found
}

/// Every Rust file of the workspace.
pub(crate) fn rust_files() -> Vec<String> {
    let mut found = [files("crates"), files("migration")].concat();
    found.retain(|path| path.ends_with(".rs"));
    found
}

/// The names of the folders directly below a folder.
pub(crate) fn folders(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).map(|path| name(&path)).collect()
}

/// A source text without its comments, which may speak of anything.
pub(crate) fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            if !NOT_SOURCE.contains(&name(&path).as_str()) {
                collect(&path, found);
            }
        } else {
            found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
