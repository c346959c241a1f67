//! Who came to an occurrence, for those who run it.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use madang_domain::{
    calendar::{Event, EventTime, Seat, errors},
    shared::{Failure, Id, Page, PageRequest, UserId, platform},
};

use super::guests::{Entrance, named};
use crate::{
    calendar::queries::CalendarQueries,
    identity::queries::{UserQueries, UserSummary},
    shared::Caller,
};

/// Reads who came.
#[async_trait]
pub trait AttendeeQueries: Send + Sync + 'static {
    /// Who has a seat at an occurrence or waits for one, in the order of coming.
    async fn attendees(
        &self,
        event: Id<Event>,
        original: i64,
        page: &PageRequest,
    ) -> anyhow::Result<Page<(UserId, Seat)>>;
}

/// Somebody who came.
#[derive(Clone, Debug)]
pub struct Attendee {
    /// Who.
    pub user: UserSummary,
    /// What they have.
    pub seat: Seat,
}

/// Tells those who run an event who came to it.
pub struct AttendeeService {
    attendees: Arc<dyn AttendeeQueries>,
    calendars: Arc<dyn CalendarQueries>,
    users: Arc<dyn UserQueries>,
    entrance: Arc<Entrance>,
}

impl AttendeeService {
    /// With its ports.
    pub fn new(
        attendees: Arc<dyn AttendeeQueries>,
        calendars: Arc<dyn CalendarQueries>,
        users: Arc<dyn UserQueries>,
        entrance: Arc<Entrance>,
    ) -> Self {
        Self { attendees, calendars, users, entrance }
    }

    /// Who has a seat at an occurrence and who waits, in the order of coming. Everybody else is told how
    /// many they are.
    ///
    /// # Errors
    /// 403 for those who may only look, 404 for those who may not and for an occurrence that is not there;
    /// `calendar.occurrence_required`.
    pub async fn list(
        &self,
        caller: &Caller,
        event: Id<Event>,
        occurrence: Option<&EventTime>,
        page: &PageRequest,
    ) -> Result<Page<Attendee>, Failure> {
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        door.may_invite(caller.user, tie)?;
        let whole = self.calendars.whole(event).await?.ok_or(platform::NOT_FOUND)?;
        let original = match occurrence {
            Some(occurrence) => named(&whole, occurrence)?,
            None if whole.repeats() => return Err(errors::OCCURRENCE_REQUIRED.at("?occurrence").into()),
            None => whole.timing.as_ref().ok_or(platform::NOT_FOUND)?.start.micros(),
        };
        let Page { items, next } = self.attendees.attendees(event, original, page).await?;
        let users: Vec<UserId> = items.iter().map(|(user, _)| *user).collect();
        let users = self.users.summaries(&users).await?;
        let mut users: HashMap<UserId, UserSummary> = users.into_iter().map(|user| (user.id, user)).collect();
        let attendee = |(user, seat)| Some(Attendee { user: users.remove(&user)?, seat });
        Ok(Page { items: items.into_iter().filter_map(attendee).collect(), next })
    }
}
