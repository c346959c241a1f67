//! Tag `Calendars`: the calendars themselves.

use std::sync::Arc;

use madang_application::calendar::{self as app, CalendarService, queries::CalendarView};
use madang_domain::{
    calendar::{self, Description, Place, Zone},
    shared::Id,
};
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    types::MaybeUndefined,
};

use super::{
    Tag,
    dto::{Calendar, CalendarChange, CalendarViewChange, NewCalendar},
    input::text,
};
use crate::http::{Answer, Auth, Created, Form, Ident, IfMatch, Listing, NoContent, Outcome, Pages};

/// Operations on calendars.
pub struct CalendarsApi {
    calendars: Arc<CalendarService>,
}

impl CalendarsApi {
    /// Wires it.
    pub fn new(calendars: Arc<CalendarService>) -> Self {
        Self { calendars }
    }
}

/// `None` for what was left out, `Some(None)` for what null cleared.
fn cleared<T>(field: MaybeUndefined<T>) -> Option<Option<T>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// What the tag of a calendar is about.
fn tagged(calendar: Id<calendar::Calendar>) -> String {
    format!("calendar {calendar}")
}

fn answer(view: CalendarView) -> Answer<Calendar> {
    let (id, version) = (view.id, view.version);
    Answer::new(view.into()).version(tagged(id), version)
}

#[OpenApi(tag = "Tag::Calendars")]
impl CalendarsApi {
    /// List my calendars
    ///
    /// All calendars the caller sees, first those they gave a place, then by age; the default one is
    /// always there.
    #[oai(path = "/v1/calendars", method = "get", operation_id = "listCalendars")]
    async fn list(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// How many at most, 1 to 100; 20 unless given.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Calendar>>> {
        let pages = Pages::read(request, format!("calendars {}", caller.user), limit.0, cursor.0, 20)?;
        let page = self.calendars.list(&caller, &pages.request()).await?;
        Ok(pages.answer(page))
    }

    /// Create a calendar
    ///
    /// Errors: `calendar.invalid_color`, `calendar.too_many_calendars`.
    #[oai(path = "/v1/calendars", method = "post", operation_id = "createCalendar")]
    async fn create(&self, Auth(caller): Auth, form: Form<NewCalendar>) -> Outcome<Created<Calendar>> {
        let form = form.accept()?;
        let new = app::NewCalendar {
            name: form.name.0,
            description: form.description.map(|field| field.0),
            color: form.color.map(|field| field.0),
            zone: form.time_zone.map(|zone| Zone::restore(&zone.0)),
        };
        let view = self.calendars.create(&caller, new).await?;
        let (id, version) = (view.id, view.version);
        Ok(Created::new(format!("/v1/calendars/{id}"), view.into()).version(tagged(id), version))
    }

    /// Show a calendar
    #[oai(path = "/v1/calendars/:calendarId", method = "get", operation_id = "getCalendar")]
    async fn show(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
    ) -> Outcome<Answer<Calendar>> {
        Ok(answer(self.calendars.get(&caller, id.0.0).await?))
    }

    /// Change a calendar
    ///
    /// What is left out stays. Its owner may.
    ///
    /// Errors: `calendar.invalid_color`, `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId", method = "patch", operation_id = "updateCalendar")]
    async fn update(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The `ETag` of the calendar that is changed.
        #[oai(name = "If-Match")]
        version: IfMatch,
        form: Form<CalendarChange>,
    ) -> Outcome<Answer<Calendar>> {
        let form = form.accept()?;
        let change = app::CalendarChange {
            name: form.name.map(|field| field.0),
            description: text(form.description, Description::restore),
            color: form.color.map(|field| field.0),
            zone: form.time_zone.map(|zone| Zone::restore(&zone.0)),
        };
        let check = |found| version.check(tagged(id.0.0), found);
        Ok(answer(self.calendars.change(&caller, id.0.0, check, change).await?))
    }

    /// Change how I see a calendar
    ///
    /// Colour and place in the list, for the caller alone; nobody else notices. Every member may.
    ///
    /// Errors: `calendar.invalid_color`.
    #[oai(path = "/v1/calendars/:calendarId/view", method = "patch", operation_id = "updateCalendarView")]
    async fn update_view(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        form: Form<CalendarViewChange>,
    ) -> Outcome<Answer<Calendar>> {
        let form = form.accept()?;
        let change = app::ViewChange {
            color: cleared(form.color).map(|color| color.map(|field| field.0)),
            place: cleared(form.position).map(|place| place.map(Place::new)),
        };
        Ok(answer(self.calendars.change_view(&caller, id.0.0, change).await?))
    }

    /// Delete a calendar
    ///
    /// With everything in it. Its owner may; the default calendar stays.
    ///
    /// Errors: `calendar.default_calendar_kept`, `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId", method = "delete", operation_id = "deleteCalendar")]
    async fn delete(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The `ETag` of the calendar that is deleted.
        #[oai(name = "If-Match")]
        version: IfMatch,
    ) -> Outcome<NoContent> {
        self.calendars.delete(&caller, id.0.0, |found| version.check(tagged(id.0.0), found)).await?;
        Ok(NoContent::default())
    }
}
