//! Everything the service keeps of a person, for that person.

use async_trait::async_trait;

use super::Caller;

/// A file in somebody's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path in the archive, such as `calendars/019aa3f2.ics`.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// What one capability adds to an export. Each capability brings its own.
#[async_trait]
pub trait ExportPart: Send + Sync + 'static {
    /// Everything of the caller that the capability keeps.
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>>;
}

/// Puts files into one.
#[async_trait]
pub trait Archiver: Send + Sync + 'static {
    /// The bytes of a ZIP archive.
    async fn pack(&self, files: Vec<ExportFile>) -> anyhow::Result<Vec<u8>>;
}

impl ExportFile {
    /// A value as readable JSON.
    ///
    /// # Errors
    /// If the value cannot be JSON.
    pub fn json(path: impl Into<String>, value: &impl serde::Serialize) -> anyhow::Result<Self> {
        Ok(Self { path: path.into(), content: serde_json::to_vec_pretty(value)? })
    }
}
