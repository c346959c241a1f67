//! What `calendar` adds to an export: each calendar of one's own as a file that other programs read.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::shared::PageRequest;

use super::{TransferService, queries::CalendarQueries};
use crate::shared::{Caller, ExportFile, ExportPart};

/// Calendars as `.ics`.
pub struct CalendarExport {
    queries: Arc<dyn CalendarQueries>,
    transfer: Arc<TransferService>,
}

impl CalendarExport {
    /// Wires it.
    pub fn new(queries: Arc<dyn CalendarQueries>, transfer: Arc<TransferService>) -> Self {
        Self { queries, transfer }
    }
}

#[async_trait]
impl ExportPart for CalendarExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let mut files = Vec::new();
        let mut request = PageRequest { limit: 100, after: None };
        loop {
            let page = self.queries.calendars(caller.user, &request).await?;
            for calendar in page.items.iter().filter(|calendar| calendar.owner == caller.user) {
                let text = self.transfer.export(caller, calendar.id).await?;
                let path = format!("calendars/{}.ics", calendar.id);
                files.push(ExportFile { path, content: text.into_bytes() });
            }
            match page.next {
                Some(next) => request.after = Some(next),
                None => return Ok(files),
            }
        }
    }
}
