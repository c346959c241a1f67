//! Tag `Calendars`: files in and out, and what changed since.

use std::sync::Arc;

use madang_application::calendar::{RangeService, TransferService};
use madang_domain::{
    calendar,
    shared::{Failure, platform},
};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    dto::{CalendarChanges, CalendarImport, EventDelta},
    file::{CalendarDownload, CalendarFile},
    token,
};
use crate::http::{Answer, Auth, Ident, Outcome, answer::hash_tag};

/// Most changes of one answer.
const MOST_CHANGES: u32 = 500;

/// Operations that move calendars between programs.
pub struct TransferApi {
    transfer: Arc<TransferService>,
    range: Arc<RangeService>,
}

impl TransferApi {
    /// Wires it.
    pub fn new(transfer: Arc<TransferService>, range: Arc<RangeService>) -> Self {
        Self { transfer, range }
    }
}

#[OpenApi(tag = "Tag::Calendars")]
impl TransferApi {
    /// Import an iCalendar file
    ///
    /// Entries are recognised by their UID: importing the same file again changes nothing. A bad
    /// entry never spoils the others; `warnings` say what was repaired, and what is kept without
    /// being understood.
    ///
    /// Errors: `calendar.unreadable_file`, `calendar.too_many_components`, `calendar.too_many_occurrences`, `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId/import", method = "post", operation_id = "importCalendar")]
    async fn import(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        file: CalendarFile,
    ) -> Outcome<Answer<CalendarImport>> {
        Ok(Answer::new(self.transfer.import(&caller, id.0.0, file.0).await?.into()))
    }

    /// Export a calendar as an iCalendar file
    ///
    /// What the caller sees of it; for an owner with everything that was imported, also what is not
    /// understood here.
    #[oai(path = "/v1/calendars/:calendarId/export.ics", method = "get", operation_id = "exportCalendar")]
    async fn export(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
    ) -> Outcome<CalendarDownload> {
        let text = self.transfer.export(&caller, id.0.0).await?;
        let tag = hash_tag(text.as_bytes());
        Ok(CalendarDownload { text, tag })
    }

    /// List what changed in a calendar
    ///
    /// Without a token everything there is. Follow `nextSyncToken`; nothing is lost or told twice
    /// in between, also while others write.
    ///
    /// Errors: `calendar.sync_token_stale`.
    #[oai(path = "/v1/calendars/:calendarId/changes", method = "get", operation_id = "listCalendarChanges")]
    async fn changes(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The `nextSyncToken` of the answer before.
        #[oai(name = "syncToken")]
        token: Query<Option<String>>,
        /// How many at most, 1 to 500; 500 unless given.
        limit: Query<Option<i64>>,
    ) -> Outcome<Answer<CalendarChanges>> {
        let calendar = id.0.0;
        let limit = limit.0.map_or(Ok(MOST_CHANGES), read_limit)?;
        let since = token::read(calendar, token.0.as_deref())?;
        let changes = self.range.changes(&caller, calendar, since, limit).await?;
        let next_sync_token = token::write(calendar, changes.upto);
        let items = changes.items.into_iter().map(EventDelta::from).collect();
        Ok(Answer::new(CalendarChanges { items, next_sync_token, has_more: changes.more }))
    }
}

fn read_limit(limit: i64) -> Result<u32, Failure> {
    let limit = u32::try_from(limit).ok().filter(|limit| (1..=MOST_CHANGES).contains(limit));
    limit.ok_or_else(|| platform::OUT_OF_RANGE.with("min", 1).with("max", MOST_CHANGES).at("?limit").into())
}
