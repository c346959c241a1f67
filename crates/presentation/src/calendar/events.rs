//! Tag `Events`.

use std::sync::Arc;

use madang_application::{
    calendar::{EventService, RangeRequest, RangeService, Scope, queries::EventView, range::MOST_ITEMS},
    shared::Caller,
};
use madang_domain::{
    calendar::{self, Zone, errors},
    shared::{Id, platform},
};
use poem::Request;
use poem_openapi::{
    Enum, OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    dto::{Event, EventChange, NewEvent},
    input, people,
};
use crate::http::{
    Answer, Auth, Created, Form, Ident, IfMatch, Instant, Listing, NoContent, Outcome, Pages, Problem,
    ZoneName,
};

/// Operations on events and tasks.
pub struct EventsApi {
    events: Arc<EventService>,
    range: Arc<RangeService>,
}

/// The query of a range list.
struct Range {
    from: Option<Instant>,
    to: Option<Instant>,
    zone: Option<ZoneName>,
    expand: bool,
    limit: Option<i64>,
    cursor: Option<String>,
}

impl EventsApi {
    /// Wires it.
    pub fn new(events: Arc<EventService>, range: Arc<RangeService>) -> Self {
        Self { events, range }
    }

    async fn between(
        &self,
        request: &Request,
        caller: &Caller,
        calendar: Option<Id<calendar::Calendar>>,
        range: Range,
    ) -> Outcome<Answer<Listing<Event>>> {
        let missing = |name: &str| Problem::from(platform::REQUIRED.at(format!("?{name}")));
        let from = range.from.ok_or_else(|| missing("from"))?.0;
        let to = range.to.ok_or_else(|| missing("to"))?.0;
        let zone = range.zone.map(|zone| Zone::restore(&zone.0));
        let place = calendar.map_or_else(|| caller.user.to_string(), |id| id.to_string());
        let zone_name = zone.as_ref().map_or("", Zone::name);
        let scope = format!("events {place} {from} {to} {zone_name} {}", range.expand);
        let pages = Pages::read(request, scope, range.limit, range.cursor, MOST_ITEMS)?;
        let page = pages.request();
        let request = RangeRequest {
            except: None,
            calendar,
            kind: None,
            from,
            to,
            zone,
            expand: range.expand,
            limit: page.limit,
            after: page.after,
        };
        Ok(pages.answer(self.range.list(caller, &request).await?))
    }
}

/// How much of a series is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub(super) enum EventScope {
    /// One occurrence.
    This,
    /// One occurrence and all that follow.
    Following,
    /// All of them.
    All,
}

fn meant(scope: Option<EventScope>, at: Option<&String>) -> Outcome<Scope> {
    let at = people::occurrence(at)?;
    let needed = || Problem::from(errors::OCCURRENCE_REQUIRED.at("?occurrence"));
    Ok(match (scope, at) {
        (None | Some(EventScope::All), None) => Scope::All(None),
        (Some(EventScope::All), at) => Scope::All(at),
        (None | Some(EventScope::This), Some(at)) => Scope::This(at),
        (Some(EventScope::Following), Some(at)) => Scope::Following(at),
        (Some(EventScope::This), None) => Scope::Only,
        (Some(EventScope::Following), None) => return Err(needed()),
    })
}

/// What the tag of an event is about: the whole, also where one occurrence is shown.
pub(super) fn tagged(event: Id<calendar::Event>) -> String {
    format!("event {event}")
}

pub(super) fn answer(view: EventView) -> Answer<Event> {
    let (id, version) = (view.id, view.version);
    Answer::new(view.into()).version(tagged(id), version)
}

#[OpenApi(tag = "Tag::Events")]
impl EventsApi {
    /// Create an event
    ///
    /// An event or a task, once or repeating; a task needs no date, and is then in no range, but found by
    /// searching and among what changed. Who may write into the calendar may.
    ///
    /// Errors: `calendar.end_before_start`, `calendar.mixed_time_kinds`, `calendar.invalid_time`,
    /// `calendar.unknown_time_zone`, `calendar.date_required`, `calendar.invalid_recurrence`,
    /// `calendar.unsupported_recurrence`, `calendar.recurrence_too_dense`, `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId/events", method = "post", operation_id = "createEvent")]
    async fn create(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        form: Form<NewEvent>,
    ) -> Outcome<Created<Event>> {
        let home = match input::leaves_zone_open(form.body()) {
            true => self.events.home(&caller).await?,
            false => Zone::utc(),
        };
        let view = self.events.create(&caller, id.0.0, input::new_event(form, &home)?).await?;
        let (id, version) = (view.id, view.version);
        Ok(Created::new(format!("/v1/events/{id}"), view.into()).version(tagged(id), version))
    }

    /// List what happens in a calendar
    ///
    /// Exactly the occurrences that overlap the range, by their start; without `limit` up to 5,000
    /// at once.
    ///
    /// Errors: `calendar.range_too_long`, `calendar.range_reversed`.
    #[oai(path = "/v1/calendars/:calendarId/events", method = "get", operation_id = "listCalendarEvents")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the operation")]
    async fn list_in_calendar(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// First instant of the range.
        from: Query<Option<Instant>>,
        /// First instant after the range, at most 400 days later.
        to: Query<Option<Instant>>,
        /// The viewer's zone, which says when days and floating times are; the calendar's own unless
        /// given.
        #[oai(name = "timeZone")]
        zone: Query<Option<ZoneName>>,
        /// `false` lists a series once as a whole instead of its occurrences.
        expand: Query<Option<bool>>,
        /// How many at most, 1 to 100.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Event>>> {
        let expand = expand.0.unwrap_or(true);
        let range = Range { from: from.0, to: to.0, zone: zone.0, expand, limit: limit.0, cursor: cursor.0 };
        self.between(request, &caller, Some(id.0.0), range).await
    }

    /// List what happens
    ///
    /// In all calendars the caller sees: exactly the occurrences that overlap the range, by their
    /// start; without `limit` up to 5,000 at once.
    ///
    /// Errors: `calendar.range_too_long`, `calendar.range_reversed`.
    #[oai(path = "/v1/events", method = "get", operation_id = "listEvents")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the operation")]
    async fn list(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// First instant of the range.
        from: Query<Option<Instant>>,
        /// First instant after the range, at most 400 days later.
        to: Query<Option<Instant>>,
        /// The viewer's zone, which says when days and floating times are; each calendar's own unless
        /// given.
        #[oai(name = "timeZone")]
        zone: Query<Option<ZoneName>>,
        /// `false` lists a series once as a whole instead of its occurrences.
        expand: Query<Option<bool>>,
        /// How many at most, 1 to 100.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Event>>> {
        let expand = expand.0.unwrap_or(true);
        let range = Range { from: from.0, to: to.0, zone: zone.0, expand, limit: limit.0, cursor: cursor.0 };
        self.between(request, &caller, None, range).await
    }

    /// Show an event
    ///
    /// As a whole, or one occurrence of a series.
    ///
    /// Errors: `calendar.unknown_occurrence`.
    #[oai(path = "/v1/events/:eventId", method = "get", operation_id = "getEvent")]
    async fn show(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<Answer<Event>> {
        Ok(answer(match people::occurrence(at.0.as_ref())? {
            None => self.events.get(&caller, id.0.0).await?,
            Some(at) => self.events.get_occurrence(&caller, id.0.0, &at).await?,
        }))
    }

    /// Change an event
    ///
    /// What is left out stays; a moved start takes the end along. Of a series, all occurrences
    /// change, or the one that is named, or that one and all that follow: these become a series of
    /// their own, which is answered. Answers, seats, the line of those who wait and reminders stay
    /// with their occurrences.
    ///
    /// Errors: `calendar.occurrence_required`, `calendar.unknown_occurrence`,
    /// `calendar.not_of_one_occurrence`, `calendar.cannot_split`, `calendar.end_before_start`, `calendar.mixed_time_kinds`, `calendar.invalid_time`,
    /// `calendar.unknown_time_zone`, `calendar.date_required`, `calendar.invalid_recurrence`,
    /// `calendar.unsupported_recurrence`, `calendar.recurrence_too_dense`, `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId", method = "patch", operation_id = "updateEvent")]
    async fn update(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `ETag` of the event that is changed.
        #[oai(name = "If-Match")]
        version: IfMatch,
        /// How much of a series changes: `this` if an `occurrence` is named, else `all`.
        scope: Query<Option<EventScope>>,
        /// The `occurrence` of an item of a range list. Beside `all`, `start` and `end` are those of
        /// this occurrence, and the others move by as much.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
        form: Form<EventChange>,
    ) -> Outcome<Answer<Event>> {
        let scope = meant(scope.0, at.0.as_ref())?;
        let (change, times) = input::event_change(form)?;
        let check = |found| version.check(tagged(id.0.0), found);
        Ok(answer(self.events.change_in(&caller, id.0.0, scope, check, change, times).await?))
    }

    /// Delete an event
    ///
    /// Of a series, all occurrences go, or the one that is named, or that one and all that follow.
    ///
    /// Errors: `calendar.occurrence_required`, `calendar.unknown_occurrence`, `calendar.cannot_split`, `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId", method = "delete", operation_id = "deleteEvent")]
    async fn delete(
        &self,
        Auth(caller): Auth,
        /// The event.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `ETag` of the event that is deleted.
        #[oai(name = "If-Match")]
        version: IfMatch,
        /// How much of a series goes: `this` if an `occurrence` is named, else `all`.
        scope: Query<Option<EventScope>>,
        /// The `occurrence` of an item of a range list.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<NoContent> {
        let scope = meant(scope.0, at.0.as_ref())?;
        let check = |found| version.check(tagged(id.0.0), found);
        self.events.delete_in(&caller, id.0.0, scope, check).await?;
        Ok(NoContent::default())
    }

    /// Complete a task
    ///
    /// Or one occurrence of a repeating one, which has to be named. Doing it again keeps the first time.
    /// Who writes into the calendar may, and who is invited.
    ///
    /// Errors: `calendar.not_a_task`, `calendar.occurrence_required`, `calendar.unknown_occurrence`,
    /// `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/completion", method = "put", operation_id = "completeTask")]
    async fn complete(
        &self,
        Auth(caller): Auth,
        /// The task.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<Answer<Event>> {
        let at = people::occurrence(at.0.as_ref())?;
        Ok(answer(self.events.complete(&caller, id.0.0, at.as_ref()).await?))
    }

    /// Reopen a task
    ///
    /// Errors: `calendar.not_a_task`, `calendar.unknown_occurrence`,
    /// `platform.forbidden`.
    #[oai(path = "/v1/events/:eventId/completion", method = "delete", operation_id = "reopenTask")]
    async fn reopen(
        &self,
        Auth(caller): Auth,
        /// The task.
        #[oai(name = "eventId")]
        id: Path<Ident<calendar::Event>>,
        /// The `occurrence` of an item of a range list; without it the mark goes that a file put on all of
        /// a series.
        #[oai(name = "occurrence", validator(max_length = 40))]
        at: Query<Option<String>>,
    ) -> Outcome<NoContent> {
        let at = people::occurrence(at.0.as_ref())?;
        self.events.reopen(&caller, id.0.0, at.as_ref()).await?;
        Ok(NoContent::default())
    }
}
