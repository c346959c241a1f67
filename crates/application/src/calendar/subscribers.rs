//! What the calendar does when accounts come and go.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    calendar::{CalendarName, Zone, domain_events::CalendarDeleted},
    identity::domain_events::{UserErased, UserSignedUp},
    shared::Failure,
};

use super::{
    calendars::CalendarService,
    people::{PeopleRepository, Seating},
    ports::{CalendarRepository, SharingRepository},
};
use crate::shared::{Clock, Handles, Tx};

/// Gives everybody who signs up a first calendar, in their zone and language.
pub struct DefaultCalendarMaker {
    calendars: Arc<CalendarService>,
}

impl DefaultCalendarMaker {
    /// With its collaborators.
    pub fn new(calendars: Arc<CalendarService>) -> Self {
        Self { calendars }
    }
}

#[async_trait]
impl Handles<UserSignedUp> for DefaultCalendarMaker {
    async fn handle(&self, tx: &mut Tx, event: UserSignedUp) -> Result<(), Failure> {
        let name = if event.locale.starts_with("ko") { "내 캘린더" } else { "My calendar" };
        let name = CalendarName::restore(name.to_owned());
        self.calendars.make_default(tx, event.user_id, name, Zone::restore(&event.time_zone)).await
    }
}

/// Deletes the calendars of people who are gone. One with another owner passes on to them, except
/// for the default one, which is personal.
pub struct CalendarEraser {
    repository: Arc<dyn CalendarRepository>,
    sharing: Arc<dyn SharingRepository>,
    people: Arc<dyn PeopleRepository>,
    seating: Arc<Seating>,
    clock: Arc<dyn Clock>,
}

impl CalendarEraser {
    /// With its collaborators.
    pub fn new(
        repository: Arc<dyn CalendarRepository>,
        sharing: Arc<dyn SharingRepository>,
        people: Arc<dyn PeopleRepository>,
        seating: Arc<Seating>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { repository, sharing, people, seating, clock }
    }
}

#[async_trait]
impl Handles<UserErased> for CalendarEraser {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        let met = self.seating.keep_all(tx, event.user_id).await?;
        for id in self.repository.owned(tx, event.user_id).await? {
            let found = self.repository.lock_calendar(tx, id, event.user_id).await?;
            if found.is_some_and(|(calendar, _)| !calendar.is_default)
                && let Some(heir) = self.sharing.next_owner(tx, id, event.user_id).await?
            {
                self.sharing.hand_over(tx, id, heir).await?;
                continue;
            }
            self.seating.calendar_deleted(tx, id, event.user_id, self.clock.now()).await?;
            self.repository.delete_calendar(tx, id).await?;
            tx.publish(&CalendarDeleted { calendar: id })?;
        }
        // Their seats go to those who wait.
        for at in self.people.attendances_of(tx, event.user_id, None).await? {
            self.seating.leave(tx, &at).await?;
        }
        self.people.forget(tx, event.user_id).await?;
        for event in met {
            self.seating.tell(tx, event).await?;
        }
        Ok(self.repository.leave_all(tx, event.user_id).await?)
    }
}
