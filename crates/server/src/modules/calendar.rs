//! Calendar: calendars, events and tasks, what happens when, and iCalendar files in and out.

use std::sync::Arc;

use madang_application::{calendar::CalendarExport, shared::ExportPart};
use madang_application::{
    calendar::{
        AgendaService, AttendeeService, BusyQueries, CalendarEraser, CalendarService, DefaultCalendarMaker,
        EventService, FreeTimeService, GuestService, HolidayFeed, HolidayLayer, JoinService, LinkService,
        MemberService, OccurrenceLayer, PeopleService, RangeService, ReminderRepository, ReminderService,
        Seating, SystemCalendarService, TransferService,
        guestbook::{GuestbookReader, InvitationQueries},
        people::{AttendeeQueries, PeopleChanges, PeopleRepository, Turns, guests::Entrance},
        ports::{CalendarRepository, ICalendarText, SharingRepository},
        queries::{CalendarQueries, PeopleQueries, SharingQueries, Ties},
    },
    shared::{AgendaLayer, StartupTask, Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::domain_events::{UserErased, UserSignedUp};
use madang_infrastructure::{
    calendar::{BellRinger, EventTurns, ICalendarAdapter, SearchIndexer},
    sql::SqlStore,
};
use madang_presentation::calendar::{
    AgendaApi, CalendarsApi, EventsApi, FreeTimeApi, PeopleApi, SharingApi, SystemCalendarsApi, TransferApi,
};

use super::Module;

/// Calendars and events.
pub struct Calendar;

impl Module for Calendar {
    type Api = (
        CalendarsApi,
        EventsApi,
        PeopleApi,
        TransferApi,
        FreeTimeApi,
        SharingApi,
        AgendaApi,
        SystemCalendarsApi,
    );

    fn register(registry: &mut Registry) {
        registry.service(CalendarExport::new);
        registry.bind(|part: Arc<CalendarExport>| part as Arc<dyn ExportPart>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn CalendarRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn CalendarQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn BusyQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SharingRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SharingQueries>);
        registry.bind(|| Arc::new(ICalendarAdapter) as Arc<dyn ICalendarText>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PeopleRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PeopleChanges>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PeopleQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Ties>);
        registry.bind(|| Arc::new(EventTurns::default()) as Arc<dyn Turns>);
        registry.service(Entrance::new);
        registry.service(Seating::new);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ReminderRepository>);
        registry.service(ReminderService::new);
        registry.service(BellRinger::new);
        registry.bind(|ringer: Arc<BellRinger>| ringer as Arc<dyn Worker>);
        registry.service(PeopleService::new);
        registry.service(GuestService::new);
        registry.service(JoinService::new);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn AttendeeQueries>);
        registry.service(AttendeeService::new);
        registry.service(CalendarService::new);
        registry.service(EventService::new);
        registry.service(RangeService::new);
        registry.service(FreeTimeService::new);
        registry.service(AgendaService::new);
        registry.bind(|range: Arc<RangeService>| {
            Arc::new(OccurrenceLayer::events(range)) as Arc<dyn AgendaLayer>
        });
        registry
            .bind(|range: Arc<RangeService>| Arc::new(OccurrenceLayer::tasks(range)) as Arc<dyn AgendaLayer>);
        registry.bind(|| Arc::new(HolidayLayer) as Arc<dyn AgendaLayer>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn InvitationQueries>);
        registry.service(GuestbookReader::new);
        registry.service(TransferService::new);
        registry.service(MemberService::new);
        registry.service(LinkService::new);
        registry.service(HolidayFeed::new);
        registry.service(SystemCalendarService::new);
        registry.bind(|system: Arc<SystemCalendarService>| system as Arc<dyn StartupTask>);
        registry.service(DefaultCalendarMaker::new);
        registry.service(CalendarEraser::new);
        registry.service(SearchIndexer::new);
        registry.bind(|indexer: Arc<SearchIndexer>| indexer as Arc<dyn Worker>);
        registry.bind(on::<UserSignedUp, DefaultCalendarMaker>);
        registry.bind(on::<UserErased, CalendarEraser>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((
            container.construct(CalendarsApi::new)?,
            container.construct(EventsApi::new)?,
            container.construct(PeopleApi::new)?,
            container.construct(TransferApi::new)?,
            container.construct(FreeTimeApi::new)?,
            container.construct(SharingApi::new)?,
            container.construct(AgendaApi::new)?,
            container.construct(SystemCalendarsApi::new)?,
        ))
    }
}
