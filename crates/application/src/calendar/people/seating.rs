//! Seats that become free, and who gets them. What others do with an event passes here too, so that
//! seats and answers follow it.

use std::sync::Arc;

use madang_domain::{
    calendar::{
        Calendar, Event, EventStatus, Renaming, Seats,
        domain_events::{EventCancelled, WaiterPromoted},
        errors,
    },
    shared::{Failure, Id, Timestamp, UserId},
};

use super::ports::{Attendance, PeopleChanges, PeopleRepository};
use crate::shared::Tx;

/// How many guests of a calendar are looked up, and told in one message, at a time.
const GUESTS_AT_A_TIME: usize = 500;

/// Keeps seats right while events change.
pub struct Seating {
    people: Arc<dyn PeopleRepository>,
    changes: Arc<dyn PeopleChanges>,
}

impl Seating {
    /// With its ports.
    pub fn new(people: Arc<dyn PeopleRepository>, changes: Arc<dyn PeopleChanges>) -> Self {
        Self { people, changes }
    }

    /// Keeps the calendar of an event whose people are about to change: before anything else of it.
    pub async fn keep(&self, tx: &mut Tx, event: Id<Event>) -> Result<(), Failure> {
        Ok(self.changes.keep(tx, event).await?)
    }

    /// Keeps all calendars that lose somebody; answers the events whose people change by it.
    pub async fn keep_all(&self, tx: &mut Tx, user: UserId) -> Result<Vec<Id<Event>>, Failure> {
        Ok(self.changes.keep_all(tx, user).await?)
    }

    /// Tells those who follow the kept calendar of an event that its people changed.
    pub async fn tell(&self, tx: &mut Tx, event: Id<Event>) -> Result<(), Failure> {
        Ok(self.changes.tell(tx, event).await?)
    }

    /// An event was made by somebody, with so many seats.
    pub async fn made(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        (by, owner): (UserId, UserId),
        capacity: Option<i64>,
    ) -> Result<(), Failure> {
        if by == owner && capacity.is_none() {
            return Ok(());
        }
        Ok(self.people.gather_new(tx, event, by, capacity).await?)
    }

    /// Whether somebody is noted as the organizer of an event.
    pub async fn organizes(&self, tx: &mut Tx, event: Id<Event>, user: UserId) -> Result<bool, Failure> {
        Ok(self.people.organizer(tx, event).await? == Some(user))
    }

    /// An event has another number of seats: those who wait follow, in every occurrence.
    pub async fn resized(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        owner: UserId,
        capacity: Option<i64>,
    ) -> Result<(), Failure> {
        self.people.gather(tx, event, owner).await?;
        self.people.set_capacity(tx, event, capacity).await?;
        for original in self.people.seated_occurrences(tx, event).await? {
            if let Some(mut seats) = self.people.lock_seats(tx, event, original).await? {
                self.settle(tx, event, original, &mut seats).await?;
            }
        }
        Ok(())
    }

    /// An event was changed: what hangs on its occurrences follows them to their new names, and
    /// whoever was to come learns when it does not take place any more.
    pub async fn changed(
        &self,
        tx: &mut Tx,
        (before, after): (&Event, &Event),
        by: UserId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let ended =
            after.details.status == EventStatus::Cancelled && before.details.status != EventStatus::Cancelled;
        if ended {
            self.cancelled(tx, after.id, by, now).await?;
        }
        if before.timing.is_some() && after.timing.is_none() {
            return self.undated(tx, after.id).await;
        }
        let (Some(old), Some(new)) = (&before.timing, &after.timing) else { return Ok(()) };
        if old.start == new.start {
            return Ok(());
        }
        let Some(renaming) = Renaming::between(&old.start, &new.start) else { return Ok(()) };
        let mut names = Vec::new();
        for original in self.people.named_occurrences(tx, after.id).await? {
            if let Some(target) = renaming.of(original).filter(|target| after.has_occurrence(*target)) {
                names.push((original, target));
            }
        }
        // Those in front first, so that nobody is in the way of the next.
        let forward = new.start.micros() > old.start.micros();
        names.sort_unstable();
        if forward {
            names.reverse();
        }
        for (original, target) in names {
            self.people.rename_occurrence(tx, after.id, original, target).await?;
        }
        Ok(())
    }

    /// A task has no date any more: nobody can have a seat at it.
    async fn undated(&self, tx: &mut Tx, event: Id<Event>) -> Result<(), Failure> {
        let Some(gathering) = self.people.gathering(tx, event).await? else { return Ok(()) };
        if gathering.capacity.is_some() {
            return Err(errors::DATE_REQUIRED.at("/capacity").into());
        }
        for original in self.people.named_occurrences(tx, event).await? {
            let seats = self.people.lock_seats(tx, event, original).await?;
            if seats.is_some_and(|seats| seats.joined + seats.waiting > 0) {
                return Err(errors::DATE_REQUIRED.at("/start").into());
            }
            self.people.drop_occurrence(tx, event, original).await?;
        }
        Ok(())
    }

    /// A file took the date away, and nobody can be asked to take the seats away first: they go with it.
    /// Says whether there were any, or answers to a date.
    pub async fn unseated(&self, tx: &mut Tx, event: Id<Event>) -> Result<bool, Failure> {
        let Some(gathering) = self.people.gathering(tx, event).await? else { return Ok(false) };
        let names = self.people.named_occurrences(tx, event).await?;
        if gathering.capacity.is_some() {
            self.people.set_capacity(tx, event, None).await?;
        }
        for original in &names {
            self.people.drop_occurrence(tx, event, *original).await?;
        }
        self.people.prune(tx, event).await?;
        Ok(gathering.capacity.is_some() || !names.is_empty())
    }

    /// An event does not take place, or is about to be deleted.
    pub async fn cancelled(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let guests = self.people.expected(tx, event).await?;
        if guests.is_empty() {
            return Ok(());
        }
        tx.publish(&EventCancelled { event, by, guests, at: now.micros() })
    }

    /// A calendar is about to be deleted: who was to come to what is in it learns that it does not take
    /// place (RFC 6638 3.2.3.2).
    pub async fn calendar_deleted(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let found = self.people.expected_in(tx, calendar, now, after, GUESTS_AT_A_TIME).await?;
            for guests in found.chunk_by(|(one, _), (other, _)| one == other) {
                let Some((event, _)) = guests.first() else { continue };
                let guests = guests.iter().map(|(_, guest)| *guest).collect();
                tx.publish(&EventCancelled { event: *event, by, guests, at: now.micros() })?;
            }
            if found.len() < GUESTS_AT_A_TIME {
                return Ok(());
            }
            after = found.last().copied();
        }
    }

    /// Keeps everybody from coming and going until the transaction ends.
    pub async fn hold(&self, tx: &mut Tx, event: Id<Event>) -> Result<(), Failure> {
        self.people.gathering(tx, event).await?;
        Ok(())
    }

    /// A series was cut: answers and seats of what follows belong to the new one. What has no place
    /// in its rhythm stays with the old one, so that nothing is lost.
    pub async fn branched(
        &self,
        tx: &mut Tx,
        old: Id<Event>,
        rest: &Event,
        from: i64,
        renaming: Option<&Renaming>,
    ) -> Result<(), Failure> {
        self.people.branch(tx, old, rest.id).await?;
        for original in self.people.named_occurrences(tx, old).await? {
            let target = renaming.map_or(Some(original), |renaming| renaming.of(original));
            let target = target.filter(|target| original >= from && rest.has_occurrence(*target));
            if let Some(target) = target {
                self.people.carry(tx, (old, original), (rest.id, target)).await?;
            }
        }
        self.people.prune(tx, old).await?;
        Ok(self.people.prune(tx, rest.id).await?)
    }

    /// A file moved or cut a series: what hangs on its occurrences goes to their places. What has none
    /// stays where it is, so that nothing is lost. `into` are the new events that have occurrences of
    /// it now.
    pub async fn followed(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        into: &[Id<Event>],
        place: impl Fn(i64) -> Option<(Id<Event>, i64)> + Send,
    ) -> Result<(), Failure> {
        // Nobody comes or goes while names change.
        self.hold(tx, event).await?;
        for other in into {
            self.people.branch(tx, event, *other).await?;
        }
        let mut renamed = Vec::new();
        for original in self.people.named_occurrences(tx, event).await? {
            match place(original) {
                Some((other, target)) if other != event => {
                    self.people.carry(tx, (event, original), (other, target)).await?;
                }
                Some((_, target)) if target != original => renamed.push((original, target)),
                _ => {}
            }
        }
        // Those in front first, so that nobody is in the way of the next.
        let (mut forward, backward): (Vec<_>, Vec<_>) = renamed.into_iter().partition(|(from, to)| to > from);
        forward.sort_unstable_by(|one, other| other.cmp(one));
        for (original, target) in forward.into_iter().chain(backward) {
            self.people.rename_occurrence(tx, event, original, target).await?;
        }
        for event in into.iter().chain((!into.is_empty()).then_some(&event)) {
            self.people.prune(tx, *event).await?;
        }
        Ok(())
    }

    /// Occurrences are taken out of a series, one of them or many: who was to come learns of it, and
    /// nobody keeps a seat.
    pub async fn dropped(
        &self,
        tx: &mut Tx,
        event: &Event,
        gone: impl Fn(i64) -> bool + Send,
        one: Option<i64>,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.hold(tx, event.id).await?;
        match one {
            Some(original) => self.cancelled_one(tx, event.id, original, by, now).await?,
            None => self.cancelled(tx, event.id, by, now).await?,
        }
        for original in self.people.named_occurrences(tx, event.id).await? {
            if gone(original) {
                self.people.drop_occurrence(tx, event.id, original).await?;
            }
        }
        Ok(self.people.prune(tx, event.id).await?)
    }

    /// One occurrence does not take place.
    pub async fn cancelled_one(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let guests = self.people.expected_at(tx, event, original).await?;
        if guests.is_empty() {
            return Ok(());
        }
        tx.publish(&EventCancelled { event, by, guests, at: now.micros() })
    }

    /// Somebody gives up what they have at an occurrence.
    pub async fn leave(&self, tx: &mut Tx, at: &Attendance) -> Result<Seats, Failure> {
        let Some(mut seats) = self.people.lock_seats(tx, at.event, at.original).await? else {
            return Ok(Seats::default());
        };
        // What they have may have changed while this waited for the lock.
        if let Some(at) = self.people.attendance(tx, at.event, at.original, at.user).await? {
            self.people.leave(tx, &at).await?;
            seats.leave(at.seat);
            self.settle(tx, at.event, at.original, &mut seats).await?;
        }
        Ok(seats)
    }

    /// Gives free seats to those in front, and writes the counts.
    async fn settle(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        seats: &mut Seats,
    ) -> Result<(), Failure> {
        let promoted = seats.promote();
        self.people.save_seats(tx, event, original, seats).await?;
        if promoted == 0 {
            return Ok(());
        }
        for (user, place) in self.people.seat_first(tx, event, original, promoted).await? {
            tx.publish(&WaiterPromoted { event, occurrence: original, user, place })?;
        }
        Ok(())
    }
}
