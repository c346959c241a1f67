//! Doing things together: taking a seat, and giving it back.

use std::sync::Arc;

use madang_domain::{
    calendar::{
        Event, EventTime, Seat, Seats,
        domain_events::{EventJoined, GuestGone},
        errors,
    },
    shared::{Failure, Id, platform},
};
use serde::{Deserialize, Serialize};

use super::{
    guests::{Entrance, Meant},
    ports::{Attendance, PeopleRepository},
    seating::Seating,
    turns::Turns,
};
use crate::{
    identity::queries::{Need, UserQueries},
    shared::{Caller, Clock, Tx, UnitOfWork},
};

/// What somebody who joined has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Whether they wait for a seat.
    pub waits: bool,
    /// How many get a seat no later than they, if they wait.
    pub position: Option<i64>,
    /// How many seats are taken.
    pub joined: i64,
    /// How many people wait.
    pub waiting: i64,
}

/// The use cases of open events.
pub struct JoinService {
    uow: Arc<UnitOfWork>,
    people: Arc<dyn PeopleRepository>,
    entrance: Arc<Entrance>,
    users: Arc<dyn UserQueries>,
    seating: Arc<Seating>,
    turns: Arc<dyn Turns>,
    clock: Arc<dyn Clock>,
}

impl JoinService {
    /// With its collaborators.
    pub fn new(
        uow: Arc<UnitOfWork>,
        people: Arc<dyn PeopleRepository>,
        entrance: Arc<Entrance>,
        users: Arc<dyn UserQueries>,
        seating: Arc<Seating>,
        turns: Arc<dyn Turns>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, people, entrance, users, seating, turns, clock }
    }

    /// Takes a seat at an occurrence, or the last place in line. Again changes nothing.
    ///
    /// # Errors
    /// 403 for those an open event is not for, 404 for those who may not know of it;
    /// `calendar.not_open`, `calendar.event_cancelled`, `calendar.event_over`, `identity.profile_incomplete` and those of
    /// [`Entrance::original`].
    pub async fn join(
        &self,
        caller: &Caller,
        event: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<Joining, Failure> {
        self.users.require(caller.user, Need::Nickname).await?;
        let _turn = self.turns.turn(event).await?;
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        door.may_join(tie)?;
        let user = caller.user;
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                self.seating.keep(tx, event).await?;
                // A series that is being split is split before anybody learns its names.
                self.people.hold(tx, event).await?;
                let Meant { original, is_on, over_at } =
                    self.entrance.original(tx, event, occurrence).await?;
                let seats = self.people.lock_seats(tx, event, original).await?;
                let mut seats = seats.ok_or(platform::NOT_FOUND)?;
                if let Some(at) = self.people.attendance(tx, event, original, user).await? {
                    return self.joining(tx, &at, &seats).await;
                }
                if !is_on {
                    return Err(errors::EVENT_CANCELLED.into());
                }
                if over_at <= self.clock.now() {
                    return Err(errors::EVENT_OVER.into());
                }
                let (place, seat) = seats.take()?;
                let at = Attendance { event, original, user, seat, place };
                self.people.let_in(tx, event, user, self.clock.now()).await?;
                self.people.attend(tx, &at).await?;
                self.people.save_seats(tx, event, original, &seats).await?;
                self.seating.tell(tx, event).await?;
                tx.publish(&EventJoined {
                    event,
                    occurrence: original,
                    user,
                    organizer: door.organizer,
                    waits: seat == Seat::Waitlisted,
                    place,
                })?;
                self.joining(tx, &at, &seats).await
            })
            .await
    }

    /// Gives up the seat or the place in line; the first who waits gets the seat. Who has neither
    /// changes nothing.
    ///
    /// # Errors
    /// 404 for those who may not see the event; those of [`Entrance::original`].
    pub async fn leave(
        &self,
        caller: &Caller,
        event: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<(), Failure> {
        let _turn = self.turns.turn(event).await?;
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        // Whoever came may go, also from behind a block.
        if !door.may_see(tie) && !door.guest {
            let known = door.may_join(tie).is_err_and(|refused| refused.code() == platform::FORBIDDEN);
            return Err(if known { platform::FORBIDDEN } else { platform::NOT_FOUND }.into());
        }
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                self.seating.keep(tx, event).await?;
                self.people.hold(tx, event).await?;
                let original = self.entrance.original(tx, event, occurrence).await?.original;
                if let Some(at) = self.people.attendance(tx, event, original, caller.user).await? {
                    self.seating.leave(tx, &at).await?;
                    if self.people.let_out(tx, event, caller.user).await? {
                        tx.publish(&GuestGone { event, guest: caller.user })?;
                    }
                    self.seating.tell(tx, event).await?;
                }
                Ok(())
            })
            .await
    }

    async fn joining(&self, tx: &mut Tx, at: &Attendance, seats: &Seats) -> Result<Joining, Failure> {
        let waits = at.seat == Seat::Waitlisted;
        let position = match waits {
            true => Some(self.people.line_up_to(tx, at.event, at.original, at.place).await?),
            false => None,
        };
        Ok(Joining { waits, position, joined: seats.joined, waiting: seats.waiting })
    }
}
