//! Inviting people, and what they answer.

use std::sync::Arc;

use madang_domain::{
    calendar::{
        Answer, Door, Event, EventStatus, EventTime, Tie,
        domain_events::{GuestAnswered, GuestGone, GuestInvited},
        errors,
        time::WIDEST_OFFSET,
    },
    shared::{Failure, Id, Timestamp, UserId, platform},
};

use super::{ports::PeopleRepository, seating::Seating};
use crate::{
    calendar::{
        ports::CalendarRepository,
        queries::{PeopleQueries, Ties},
    },
    identity::queries::{Need, UserQueries},
    shared::{Caller, Clock, Tx, UnitOfWork},
};

/// Most people invited to one event.
const MOST_GUESTS: i64 = 1_000;

/// The use cases of invitations.
pub struct GuestService {
    uow: Arc<UnitOfWork>,
    people: Arc<dyn PeopleRepository>,
    entrance: Arc<Entrance>,
    users: Arc<dyn UserQueries>,
    seating: Arc<Seating>,
    clock: Arc<dyn Clock>,
}

impl GuestService {
    /// With its collaborators.
    pub fn new(
        uow: Arc<UnitOfWork>,
        people: Arc<dyn PeopleRepository>,
        entrance: Arc<Entrance>,
        users: Arc<dyn UserQueries>,
        seating: Arc<Seating>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, people, entrance, users, seating, clock }
    }

    /// Invites somebody, who from then on sees the event. Again changes nothing.
    ///
    /// # Errors
    /// 403 for those who may only look, 404 for those who may not and for people who are not there
    /// or behind a block; `calendar.organizer_invited`, `calendar.too_many_participants`,
    /// `identity.profile_incomplete`.
    pub async fn invite(&self, caller: &Caller, event: Id<Event>, guest: UserId) -> Result<(), Failure> {
        self.users.require(caller.user, Need::Nickname).await?;
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        door.may_invite(caller.user, tie)?;
        if guest == door.organizer {
            return Err(errors::ORGANIZER_INVITED.into());
        }
        for person in [caller.user, door.organizer] {
            if self.entrance.tie(person, guest).await? == Tie::Blocked {
                return Err(platform::NOT_FOUND.into());
            }
        }
        if !self.users.exists(guest).await? {
            return Err(platform::NOT_FOUND.into());
        }
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                self.seating.keep(tx, event).await?;
                self.people.gather(tx, event, door.organizer).await?;
                if !self.people.invite(tx, event, guest, now).await? {
                    return Ok(());
                }
                if self.people.count_invited(tx, event).await? > MOST_GUESTS {
                    return Err(errors::TOO_MANY_PARTICIPANTS.with("max", MOST_GUESTS).into());
                }
                self.seating.tell(tx, event).await?;
                tx.publish(&GuestInvited { event, guest, by: caller.user, at: now.micros() })
            })
            .await
    }

    /// Takes an invitation back with all answers, and frees the seats. Guests may go themselves.
    ///
    /// # Errors
    /// 403 for those who may only look, 404 for those who may not and for people who are no guests.
    pub async fn remove(&self, caller: &Caller, event: Id<Event>, guest: UserId) -> Result<(), Failure> {
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        if !(guest == caller.user && door.guest) {
            door.may_invite(caller.user, tie)?;
        }
        self.uow
            .run(async |tx| {
                self.seating.keep(tx, event).await?;
                for at in self.people.attendances_of(tx, guest, Some(event)).await? {
                    self.seating.leave(tx, &at).await?;
                }
                match self.people.remove_guest(tx, event, guest).await? {
                    true => {
                        tx.publish(&GuestGone { event, guest })?;
                        self.seating.tell(tx, event).await
                    }
                    false => Err(platform::NOT_FOUND.into()),
                }
            })
            .await
    }

    /// Answers an invitation, to all occurrences or to one of them.
    ///
    /// # Errors
    /// `calendar.not_invited` for those who see the event uninvited; 404 for those who do not;
    /// `identity.profile_incomplete`.
    pub async fn respond(
        &self,
        caller: &Caller,
        event: Id<Event>,
        occurrence: Option<&EventTime>,
        answer: Answer,
    ) -> Result<(), Failure> {
        self.users.require(caller.user, Need::Nickname).await?;
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        if !door.invited || !door.may_see(tie) {
            let code = if door.may_see(tie) { errors::NOT_INVITED } else { platform::NOT_FOUND };
            return Err(code.into());
        }
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                self.seating.keep(tx, event).await?;
                let original = match occurrence {
                    Some(_) => Some(self.entrance.original(tx, event, occurrence).await?.original),
                    None => None,
                };
                let original = original.filter(|_| door.repeats);
                if !self.people.answer(tx, event, caller.user, original, answer, now).await? {
                    return Err(platform::NOT_FOUND.into());
                }
                self.seating.tell(tx, event).await?;
                tx.publish(&GuestAnswered {
                    event,
                    occurrence: original,
                    guest: caller.user,
                    organizer: door.organizer,
                    status: answer.name().to_owned(),
                    at: now.micros(),
                })
            })
            .await
    }
}

/// Looks at who stands before an event.
pub struct Entrance {
    queries: Arc<dyn PeopleQueries>,
    ties: Arc<dyn Ties>,
    calendars: Arc<dyn CalendarRepository>,
}

impl Entrance {
    /// With its ports.
    pub fn new(
        queries: Arc<dyn PeopleQueries>,
        ties: Arc<dyn Ties>,
        calendars: Arc<dyn CalendarRepository>,
    ) -> Self {
        Self { queries, ties, calendars }
    }

    /// The door of an event for a visitor, and what they are to its organizer.
    ///
    /// # Errors
    /// 404 if there is no such event.
    pub async fn door(&self, visitor: UserId, event: Id<Event>) -> Result<(Door, Tie), Failure> {
        let door = self.queries.door(visitor, event).await?.ok_or(platform::NOT_FOUND)?;
        Ok((door, self.tie(visitor, door.organizer).await?))
    }

    /// What two people are to each other.
    pub async fn tie(&self, one: UserId, other: UserId) -> Result<Tie, Failure> {
        if one == other {
            return Ok(Tie::None);
        }
        Ok(self.ties.tie(one, other).await?)
    }

    /// The name of the occurrence that is meant, of an event that is on.
    ///
    /// # Errors
    /// `calendar.occurrence_required` at `?occurrence`; 404 for one that is not there.
    pub async fn original(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<Meant, Failure> {
        let event = self.calendars.event(tx, event).await?.ok_or(platform::NOT_FOUND)?;
        let timing = event.timing.as_ref().ok_or(platform::NOT_FOUND)?;
        let original = match occurrence {
            Some(occurrence) => named(&event, occurrence)?,
            None if repeats(&event) => return Err(errors::OCCURRENCE_REQUIRED.at("?occurrence").into()),
            None => timing.start.micros(),
        };
        let differs = event.override_at(original);
        let differs = differs.ok_or(platform::NOT_FOUND)?;
        let begins = differs.timing.start.micros();
        let floats = differs.timing.start.frame().floats();
        // Days and floating times are over when they are over everywhere.
        let over_at = differs.timing.end_of(begins).saturating_add(if floats { WIDEST_OFFSET } else { 0 });
        Ok(Meant {
            original,
            is_on: differs.details.status != EventStatus::Cancelled,
            over_at: Timestamp::from_micros(over_at),
        })
    }
}

/// An occurrence that somebody means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its name: where the series began it.
    pub original: i64,
    /// Whether it takes place.
    pub is_on: bool,
    /// When it is over.
    pub over_at: Timestamp,
}

fn repeats(event: &Event) -> bool {
    event.recurrence.repeats() || !event.overrides.is_empty()
}

/// The name of an occurrence of an event.
///
/// # Errors
/// 404: one that is not there is not found, at whatever door.
pub fn named(event: &Event, occurrence: &EventTime) -> Result<i64, Failure> {
    let timing = event.timing.as_ref().ok_or(platform::NOT_FOUND)?;
    let original = occurrence.micros();
    let same_sort = timing.start.is_date() == occurrence.is_date()
        && timing.start.frame().floats() == occurrence.frame().floats();
    if same_sort && event.has_occurrence(original) { Ok(original) } else { Err(platform::NOT_FOUND.into()) }
}
