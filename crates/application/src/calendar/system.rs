//! Calendars of the service itself: everybody may subscribe to them, nobody changes them.
//!
//! A subscriber is a reader like any other, so that everything a reader can do works: colour and place
//! in the list, range queries, synchronisation, reminders. The holidays are written down when somebody
//! subscribes first, and again by the first start that knows more of them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        Calendar, Event, MemberRole, Uid,
        domain_events::CalendarLeft,
        korea::{self, NOBODY},
    },
    shared::{Failure, Id, platform},
};

use super::{
    holidays,
    ports::{CalendarRepository, SharingRepository},
    queries::{CalendarQueries, CalendarView},
};
use crate::shared::{Caller, Clock, StartupTask, Tx, UnitOfWork, new_id};

/// How many events are looked up and written at a time.
const CHUNK: usize = 200;

/// A calendar of the service.
#[derive(Clone, Debug)]
pub struct SystemCalendar {
    /// What it is.
    pub calendar: Calendar,
    /// Whether the caller has it in their list.
    pub subscribed: bool,
}

/// The use cases of the service's own calendars.
pub struct SystemCalendarService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn CalendarRepository>,
    sharing: Arc<dyn SharingRepository>,
    queries: Arc<dyn CalendarQueries>,
    clock: Arc<dyn Clock>,
}

impl SystemCalendarService {
    /// With its collaborators.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        sharing: Arc<dyn SharingRepository>,
        queries: Arc<dyn CalendarQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, sharing, queries, clock }
    }

    /// All there are, and which of them the caller has subscribed to.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<SystemCalendar>, Failure> {
        let subscribed = self.queries.calendar(caller.user, korea::CALENDAR).await?.is_some();
        Ok(vec![SystemCalendar { calendar: holidays::calendar(), subscribed }])
    }

    /// Puts one into the caller's list. Repeating it changes nothing.
    pub async fn subscribe(&self, caller: &Caller, id: Id<Calendar>) -> Result<CalendarView, Failure> {
        must_be_known(id)?;
        // Worked out before the transaction, in which others wait.
        let known = holidays::events();
        self.uow
            .run(async |tx| {
                self.repository.insert_system_calendar(tx, &holidays::calendar()).await?;
                self.write_down(tx, &known).await?;
                if self.sharing.role_of(tx, id, caller.user).await?.is_none() {
                    let now = self.clock.now();
                    self.sharing.put_member(tx, id, caller.user, MemberRole::Reader, now).await?;
                }
                Ok(())
            })
            .await?;
        self.queries.calendar(caller.user, id).await?.ok_or_else(|| platform::NOT_FOUND.into())
    }

    /// Takes one out of the caller's list. Repeating it changes nothing.
    pub async fn unsubscribe(&self, caller: &Caller, id: Id<Calendar>) -> Result<(), Failure> {
        must_be_known(id)?;
        self.uow
            .run(async |tx| {
                if self.sharing.role_of(tx, id, caller.user).await?.is_none() {
                    return Ok(());
                }
                self.sharing.delete_member(tx, id, caller.user).await?;
                tx.publish(&CalendarLeft { calendar: id, user: caller.user })
            })
            .await
    }

    /// Brings the holidays up to date, where there are any and this program knows others.
    async fn write_down(&self, tx: &mut Tx, known: &[Event]) -> Result<(), Failure> {
        let Some((calendar, _)) = self.repository.lock_calendar(tx, korea::CALENDAR, NOBODY).await? else {
            return Ok(());
        };
        let edition = edition(known);
        if calendar.version == edition {
            return Ok(());
        }
        let now = self.clock.now();
        let ids = self.repository.event_ids(tx, calendar.id).await?;
        let mut old: HashMap<Uid, Event> = HashMap::new();
        for ids in ids.chunks(CHUNK) {
            let events = self.repository.events_by_id(tx, ids).await?;
            old.extend(events.into_iter().map(|event| (event.uid.clone(), event)));
        }
        let mut saved = Vec::new();
        for event in known {
            let event = match old.remove(&event.uid) {
                Some(old) if (&old.details, &old.timing) == (&event.details, &event.timing) => continue,
                Some(old) => Event { id: old.id, version: old.version + 1, ..event.clone() },
                None => Event { id: new_id(), ..event.clone() },
            };
            let rows = event.materialise(now);
            saved.push((event, rows));
        }
        for events in saved.chunks(CHUNK) {
            self.repository.save_events(tx, calendar.id, events).await?;
        }
        for event in old.values() {
            self.repository.delete_event(tx, event, now).await?;
        }
        let calendar = Calendar { version: edition, ..holidays::calendar() };
        Ok(self.repository.update_calendar(tx, &calendar).await?)
    }
}

#[async_trait]
impl StartupTask for SystemCalendarService {
    async fn run(&self) -> anyhow::Result<()> {
        // Nothing is there to bring up to date before somebody subscribes.
        if self.queries.shared(korea::CALENDAR).await?.is_none() {
            return Ok(());
        }
        let known = holidays::events();
        self.uow.run(async |tx| self.write_down(tx, &known).await).await.map_err(anyhow::Error::from)
    }
}

/// Tells one list of holidays from another; never that of an empty calendar.
fn edition(events: &[Event]) -> i64 {
    let mut hasher = DefaultHasher::new();
    for event in events {
        event.uid.as_str().hash(&mut hasher);
        event.details.title.as_ref().map(|title| title.as_str()).hash(&mut hasher);
    }
    i64::try_from(hasher.finish() >> 2).unwrap_or(0) + 2
}

fn must_be_known(id: Id<Calendar>) -> Result<(), Failure> {
    if id == korea::CALENDAR { Ok(()) } else { Err(platform::NOT_FOUND.into()) }
}
