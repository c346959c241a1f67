//! The use case of taking everything along.

use std::sync::Arc;

use madang_domain::{identity::security_event::SecurityEventKind, shared::Failure};

use super::SecurityLog;
use crate::shared::{Archiver, Caller, Clock, ExportFile, ExportPart, UnitOfWork};

/// Collects what all capabilities keep of a person.
pub struct ExportService {
    parts: Vec<Arc<dyn ExportPart>>,
    archiver: Arc<dyn Archiver>,
    uow: Arc<UnitOfWork>,
    log: Arc<SecurityLog>,
    clock: Arc<dyn Clock>,
}

impl ExportService {
    /// Wires it.
    pub fn new(
        parts: Vec<Arc<dyn ExportPart>>,
        archiver: Arc<dyn Archiver>,
        uow: Arc<UnitOfWork>,
        log: Arc<SecurityLog>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { parts, archiver, uow, log, clock }
    }

    /// A ZIP archive of everything the caller owns. `manifest.json` in it lists the files.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn export(&self, caller: &Caller) -> Result<Vec<u8>, Failure> {
        let mut files = Vec::new();
        for part in &self.parts {
            files.extend(part.files(caller).await?);
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        let manifest = serde_json::json!({
            "format": "madang-export/1", "userId": caller.user, "createdAt": self.clock.now(), "files": paths,
        });
        files.insert(0, ExportFile::json("manifest.json", &manifest)?);
        // Whoever got hold of a session and takes everything leaves a trace.
        let kind = SecurityEventKind::Exported;
        self.uow
            .run(async |tx| self.log.record(tx, kind, caller.into(), Some(caller.user), None).await)
            .await?;
        Ok(self.archiver.pack(files).await?)
    }
}
