//! What `calendar` adds to an export: each calendar of one's own as a file that other programs read, all
//! reminders, and what is done of repeating tasks.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    calendar::EventTime,
    shared::{PageRequest, Timestamp},
};
use serde::Serialize;

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
                None => break,
            }
        }
        let reminders = self.queries.own_reminders(caller.user).await?;
        let reminders: Vec<ReminderRecord> = reminders
            .into_iter()
            .map(|(event, reminder)| ReminderRecord {
                event_id: event.to_string(),
                minutes_before: reminder.minutes(),
            })
            .collect();
        files.push(ExportFile::json("reminders.json", &reminders)?);
        let done = self.queries.own_completions(caller.user).await?;
        let done: Vec<CompletionRecord> = done
            .into_iter()
            .map(|(event, occurrence, at)| CompletionRecord {
                event_id: event.to_string(),
                occurrence: named(&occurrence),
                completed_at: at.to_string(),
            })
            .collect();
        files.push(ExportFile::json("completions.json", &done)?);
        Ok(files)
    }
}

/// A reminder, also of an event in somebody else's calendar.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReminderRecord {
    event_id: String,
    minutes_before: i64,
}

/// One occurrence of a repeating task that is done; a task that is done as a whole says so in its file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CompletionRecord {
    event_id: String,
    occurrence: String,
    completed_at: String,
}

/// An occurrence as the API calls it.
fn named(occurrence: &EventTime) -> String {
    match occurrence {
        EventTime::Date(day) => day.to_string(),
        EventTime::Floating(local) => local.to_string(),
        EventTime::Zoned(..) => Timestamp::from_micros(occurrence.micros()).to_string(),
    }
}
