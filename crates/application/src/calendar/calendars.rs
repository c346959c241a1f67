//! Making, changing and deleting calendars.

use std::sync::Arc;

use madang_domain::{
    calendar::{Calendar, CalendarName, Color, Description, Zone, domain_events::CalendarDeleted, errors},
    shared::{Failure, Id, Page, PageRequest, Text, UserId, platform},
};

use super::{
    members::ViewChange,
    people::Seating,
    policy,
    ports::{CalendarRepository, SharingRepository},
    queries::{CalendarQueries, CalendarView},
};
use crate::shared::{Caller, Clock, Tx, UnitOfWork, new_id};

/// Most calendars one person may own.
const MOST_CALENDARS: i64 = 200;

/// What a new calendar looks like; what is absent gets a default.
#[derive(Clone, Debug)]
pub struct NewCalendar {
    /// What it is called.
    pub name: CalendarName,
    /// What it is about.
    pub description: Option<Description>,
    /// How it is painted.
    pub color: Option<Color>,
    /// Its home zone; the default calendar's where absent.
    pub zone: Option<Zone>,
}

/// What to change of a calendar; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct CalendarChange {
    /// What it is called.
    pub name: Option<CalendarName>,
    /// What it is about.
    pub description: Option<Description>,
    /// How it is painted.
    pub color: Option<Color>,
    /// Its home zone.
    pub zone: Option<Zone>,
}

/// The use cases of calendars.
pub struct CalendarService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn CalendarRepository>,
    sharing: Arc<dyn SharingRepository>,
    queries: Arc<dyn CalendarQueries>,
    seating: Arc<Seating>,
    clock: Arc<dyn Clock>,
}

impl CalendarService {
    /// With its collaborators.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        sharing: Arc<dyn SharingRepository>,
        queries: Arc<dyn CalendarQueries>,
        seating: Arc<Seating>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, sharing, queries, seating, clock }
    }

    /// The calendars the caller sees, in their own order, and behind those they never moved, oldest
    /// first. Somebody who signed up a moment ago finds the
    /// default calendar even if the news of the sign-up is still on its way.
    pub async fn list(&self, caller: &Caller, page: &PageRequest) -> Result<Page<CalendarView>, Failure> {
        self.ensure_default(caller.user).await?;
        Ok(self.queries.calendars(caller.user, page).await?)
    }

    /// One calendar.
    pub async fn get(&self, caller: &Caller, id: Id<Calendar>) -> Result<CalendarView, Failure> {
        let view = self.queries.calendar(caller.user, id).await?;
        view.ok_or_else(|| platform::NOT_FOUND.into())
    }

    /// Makes a calendar.
    pub async fn create(&self, caller: &Caller, new: NewCalendar) -> Result<CalendarView, Failure> {
        self.ensure_default(caller.user).await?;
        let once = caller.origin.once.as_ref();
        let id = self
            .uow
            .run_once(once, async |tx| {
                if self.repository.count_owned(tx, caller.user).await? >= MOST_CALENDARS {
                    return Err(errors::TOO_MANY_CALENDARS.into());
                }
                let zone = match new.zone {
                    Some(zone) => zone,
                    None => self.home_zone(tx, caller.user).await?,
                };
                let calendar = self.calendar(caller.user, new.name, zone);
                let calendar = Calendar {
                    description: new.description.unwrap_or(calendar.description),
                    color: new.color.unwrap_or(calendar.color),
                    ..calendar
                };
                self.repository.insert_calendar(tx, &calendar).await?;
                Ok(calendar.id)
            })
            .await?;
        self.get(caller, id).await
    }

    /// Changes the properties of a calendar.
    pub async fn change(
        &self,
        caller: &Caller,
        id: Id<Calendar>,
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
        change: CalendarChange,
    ) -> Result<CalendarView, Failure> {
        self.uow
            .run(async |tx| {
                let mut calendar = self.managed(tx, caller, id, precondition).await?;
                calendar.name = change.name.unwrap_or(calendar.name);
                calendar.description = change.description.unwrap_or(calendar.description);
                calendar.color = change.color.unwrap_or(calendar.color);
                calendar.zone = change.zone.unwrap_or(calendar.zone);
                calendar.version += 1;
                calendar.updated_at = self.clock.now();
                Ok(self.repository.update_calendar(tx, &calendar).await?)
            })
            .await?;
        self.get(caller, id).await
    }

    /// Changes how the caller alone sees a calendar. Every member may.
    pub async fn change_view(
        &self,
        caller: &Caller,
        id: Id<Calendar>,
        change: ViewChange,
    ) -> Result<CalendarView, Failure> {
        self.uow
            .run(async |tx| {
                policy::may_enter(self.sharing.role_of(tx, id, caller.user).await?)?;
                let color = change.color.as_ref().map(Option::as_ref);
                Ok(self.sharing.set_view(tx, id, caller.user, color, change.place).await?)
            })
            .await?;
        self.get(caller, id).await
    }

    /// Deletes a calendar and everything in it. The default one stays.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: Id<Calendar>,
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let calendar = self.managed(tx, caller, id, precondition).await?;
                if calendar.is_default {
                    return Err(errors::DEFAULT_CALENDAR_KEPT.into());
                }
                self.seating.calendar_deleted(tx, id, caller.user, self.clock.now()).await?;
                self.repository.delete_calendar(tx, id).await?;
                tx.publish(&CalendarDeleted { calendar: id })
            })
            .await
    }

    /// Makes the default calendar of somebody who has none. Repeating it changes nothing.
    pub async fn make_default(
        &self,
        tx: &mut Tx,
        owner: UserId,
        name: CalendarName,
        zone: Zone,
    ) -> Result<(), Failure> {
        let calendar = Calendar { is_default: true, ..self.calendar(owner, name, zone) };
        self.repository.insert_calendar(tx, &calendar).await?;
        Ok(())
    }

    async fn ensure_default(&self, owner: UserId) -> Result<(), Failure> {
        if self.queries.has_default(owner).await? {
            return Ok(());
        }
        let name = CalendarName::restore("My calendar".to_owned());
        self.uow.run(async |tx| self.make_default(tx, owner, name, fallback_zone()).await).await
    }

    async fn home_zone(&self, tx: &mut Tx, owner: UserId) -> Result<Zone, Failure> {
        for id in self.repository.owned(tx, owner).await? {
            if let Some((calendar, _)) = self.repository.lock_calendar(tx, id, owner).await?
                && calendar.is_default
            {
                return Ok(calendar.zone);
            }
        }
        Ok(fallback_zone())
    }

    async fn managed(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Id<Calendar>,
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
    ) -> Result<Calendar, Failure> {
        let found = self.repository.lock_calendar(tx, id, caller.user).await?;
        let (calendar, role) = found.ok_or(platform::NOT_FOUND)?;
        policy::may_manage(role)?;
        precondition(calendar.version)?;
        Ok(calendar)
    }

    fn calendar(&self, owner: UserId, name: CalendarName, zone: Zone) -> Calendar {
        let now = self.clock.now();
        Calendar {
            id: new_id(),
            owner,
            is_default: false,
            name,
            description: Description::restore(String::new()),
            color: Color::restore(Color::EXAMPLE.to_owned()),
            zone,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Where the first calendar of somebody is whose zone is not known: most people here live there.
pub(super) fn fallback_zone() -> Zone {
    Zone::restore("Asia/Seoul")
}
