//! Changing and deleting one occurrence of a series, or it and all that follow.

use madang_domain::{
    calendar::{
        Event, EventStatus, EventTime, NewTimes, Timing, Zone,
        domain_events::{EventCreated, EventDeleted, Renamed, SeriesSplit},
        series::Renaming,
    },
    shared::{Failure, Id, UserId, platform},
};

use super::{
    events::{EventChange, EventService, apply, describe, retimed},
    meant::{for_the_series, must_fit_one, narrowed, timed},
    people::guests::named,
    policy,
    queries::EventView,
    range,
};
use crate::shared::{Caller, Tx, new_id};

/// How much of a series is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The one occurrence of what happens once.
    Only,
    /// One occurrence, by where the series began it.
    This(EventTime),
    /// It and all that follow.
    Following(EventTime),
    /// The whole series. Times of a change are those of the occurrence, if one is named.
    All(Option<EventTime>),
}

/// What a change in a scope leaves to be shown.
enum Left {
    Whole(Id<Event>),
    Occurrence(Id<Event>, i64),
}

impl EventService {
    /// One occurrence of a series, as the caller sees it.
    ///
    /// # Errors
    /// 404.
    pub async fn get_occurrence(
        &self,
        caller: &Caller,
        id: Id<Event>,
        occurrence: &EventTime,
    ) -> Result<EventView, Failure> {
        // Whether the caller sees it at all, and how much of it.
        self.get(caller, id).await?;
        let event = self.queries.whole(id).await?.ok_or(platform::NOT_FOUND)?;
        let original = named(&event, occurrence)?;
        self.shown(caller, &event, original).await
    }

    async fn shown(&self, caller: &Caller, event: &Event, original: i64) -> Result<EventView, Failure> {
        let found = event.occurrence(original).ok_or(platform::NOT_FOUND)?;
        let view = range::view(event, Some(&found)).ok_or(platform::NOT_FOUND)?;
        let view = self.people.as_seen(caller.user, view).await?.ok_or(platform::NOT_FOUND)?;
        self.filled(caller, view).await
    }

    /// Changes an event, or a part of a series, in one transaction with everything that hangs on it.
    /// What is answered is what was changed: the occurrence, the new series of those that follow, or
    /// the event.
    ///
    /// # Errors
    /// 403, 404, 412; `calendar.not_of_one_occurrence`, `calendar.cannot_split`.
    pub async fn change_in(
        &self,
        caller: &Caller,
        id: Id<Event>,
        scope: Scope,
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
        change: EventChange,
        times: NewTimes,
    ) -> Result<EventView, Failure> {
        let home = if times.leave_zone_open() { self.home(caller).await? } else { Zone::utc() };
        let left = self
            .uow
            .run(async |tx| {
                let (event, owner) =
                    self.writable(tx, caller, (id, &scope, change.visibility), precondition).await?;
                let scope = narrowed(scope, &event)?;
                if matches!(scope, Scope::This(_)) {
                    must_fit_one(&change)?;
                }
                let change = timed(&event, &scope, change, times, &home)?;
                match &scope {
                    Scope::Only | Scope::All(None) => {
                        self.change_all(tx, caller.user, (event, owner), change).await
                    }
                    Scope::All(Some(at)) => {
                        let original = named(&event, at)?;
                        let change = for_the_series(&event, original, change)?;
                        self.change_all(tx, caller.user, (event, owner), change).await
                    }
                    Scope::This(at) => {
                        let original = named(&event, at)?;
                        self.change_one(tx, caller.user, event, original, change).await
                    }
                    Scope::Following(at) => {
                        let original = named(&event, at)?;
                        if event.begins_at(original) {
                            let change = for_the_series(&event, original, change)?;
                            return self.change_all(tx, caller.user, (event, owner), change).await;
                        }
                        self.change_rest(tx, caller.user, (event, owner), original, change).await
                    }
                }
            })
            .await;
        let left = match left {
            Ok(left) => left,
            Err(refused) => return Err(self.known(caller, id, refused).await?),
        };
        match left {
            Left::Whole(id) => self.get(caller, id).await,
            Left::Occurrence(id, original) => {
                let event = self.queries.whole(id).await?.ok_or(platform::NOT_FOUND)?;
                self.shown(caller, &event, original).await
            }
        }
    }

    /// Deletes an event, or a part of a series with the answers and seats of it.
    ///
    /// # Errors
    /// Those of [`Self::change_in`].
    pub async fn delete_in(
        &self,
        caller: &Caller,
        id: Id<Event>,
        scope: Scope,
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let deleted = self
            .uow
            .run(async |tx| {
                let (event, _) = self.writable(tx, caller, (id, &scope, None), precondition).await?;
                let scope = narrowed(scope, &event)?;
                let mut rest = event.clone();
                match &scope {
                    Scope::Only => return self.delete_whole(tx, caller.user, &event).await,
                    Scope::All(at) => {
                        at.as_ref().map(|at| named(&event, at)).transpose()?;
                        return self.delete_whole(tx, caller.user, &event).await;
                    }
                    Scope::This(at) => {
                        let original = named(&event, at)?;
                        rest.exclude(original);
                        if rest.is_empty() {
                            return self.delete_whole(tx, caller.user, &event).await;
                        }
                        let gone = |name: i64| name == original;
                        self.seating
                            .dropped(tx, &event, gone, Some(original), caller.user, self.clock.now())
                            .await?;
                    }
                    Scope::Following(at) => {
                        let original = named(&event, at)?;
                        if event.begins_at(original) {
                            return self.delete_whole(tx, caller.user, &event).await;
                        }
                        rest.split_off(original, new_id(), self.clock.now())?;
                        let gone = |name: i64| name >= original;
                        self.seating.dropped(tx, &event, gone, None, caller.user, self.clock.now()).await?;
                    }
                }
                self.touch(&mut rest);
                self.save(tx, rest).await
            })
            .await;
        match deleted {
            Ok(()) => Ok(()),
            Err(refused) => Err(self.known(caller, id, refused).await?),
        }
    }

    /// Why somebody may not write: who sees an event without being in its calendar is told that they may
    /// not, rather than that there is nothing.
    async fn known(&self, caller: &Caller, id: Id<Event>, refused: Failure) -> Result<Failure, Failure> {
        if refused.code() != platform::NOT_FOUND {
            return Ok(refused);
        }
        let Ok(view) = self.get(caller, id).await else { return Ok(refused) };
        let member = self.queries.calendar(caller.user, view.calendar).await?;
        let writes = member.is_some_and(|calendar| {
            let tier = policy::sees(calendar.my_role, false, view.kind, view.visibility);
            policy::may_change(calendar.my_role, tier).is_ok()
        });
        Ok(if writes { refused } else { platform::FORBIDDEN.into() })
    }

    async fn change_one(
        &self,
        tx: &mut Tx,
        by: UserId,
        mut event: Event,
        original: i64,
        change: EventChange,
    ) -> Result<Left, Failure> {
        let mut differs = event.override_at(original).ok_or(platform::NOT_FOUND)?;
        let was_on = differs.details.status != EventStatus::Cancelled;
        describe(&mut differs.details, &change);
        if change.start.is_some() || change.end.is_some() {
            differs.timing = retimed(differs.timing, change.start, change.end)?;
            event.sequence += 1;
        }
        let ended = was_on && differs.details.status == EventStatus::Cancelled;
        event.put_override(differs);
        self.touch(&mut event);
        if ended {
            self.seating.cancelled_one(tx, event.id, original, by, event.updated_at).await?;
        }
        let id = event.id;
        self.save(tx, event).await?;
        Ok(Left::Occurrence(id, original))
    }

    async fn change_all(
        &self,
        tx: &mut Tx,
        by: UserId,
        (event, owner): (Event, UserId),
        change: EventChange,
    ) -> Result<Left, Failure> {
        let id = event.id;
        let aside = (change.capacity, change.reminders.clone());
        self.edit_in(tx, by, (event, owner), aside, |event| apply(event, change)).await?;
        Ok(Left::Whole(id))
    }

    async fn change_rest(
        &self,
        tx: &mut Tx,
        by: UserId,
        (mut event, owner): (Event, UserId),
        original: i64,
        change: EventChange,
    ) -> Result<Left, Failure> {
        // Nobody comes or goes while names change.
        self.seating.hold(tx, event.id).await?;
        let now = self.clock.now();
        let text = event.ical.clone();
        let mut rest = event.split_off(original, new_id(), now)?;
        // What we do not understand belongs to both.
        rest.ical = text.map(|text| self.text.branch(&rest, &text));
        let from = rest.timing.clone().ok_or(platform::NOT_FOUND)?.start;
        let change = for_the_series(&rest, original, change)?;
        // Where the occurrence at the cut differs, it is what the change was made to.
        let own = rest.overrides.iter().position(|differs| differs.original == original);
        let mut own = own.map(|index| rest.overrides.remove(index));
        if let Some(differs) = &mut own {
            describe(&mut differs.details, &change);
        }
        let moves = change.start.is_some() || change.end.is_some();
        let (capacity, reminders, status) = (change.capacity, change.reminders.clone(), change.status);
        apply(&mut rest, change)?;
        rest.sequence = 0;
        let timing = rest.timing.clone().ok_or(platform::NOT_FOUND)?;
        let renaming = Renaming::between(&from, &timing.start);
        let name = renaming.as_ref().map_or(Some(original), |renaming| renaming.of(original));
        let name = name.filter(|name| rest.has_occurrence(*name));
        if let Some((mut differs, name)) = own.zip(name) {
            differs.original = name;
            if moves {
                differs.timing = Timing { start: timing.start.frame().time(name), ..timing.clone() };
            }
            rest.put_override(differs);
        }
        let id = rest.id;
        self.touch(&mut event);
        tx.publish(&EventCreated { event: id, calendar: rest.calendar, by })?;
        let old = event.id;
        tx.publish(&SeriesSplit {
            event: old,
            version: event.version,
            into: id,
            into_version: rest.version,
            calendar: rest.calendar,
            from: original,
            renamed: Renamed::between(&from, &timing.start),
        })?;
        let saved = [event, rest.clone()].map(|event| {
            let rows = event.materialise(now);
            (event, rows)
        });
        self.repository.save_events(tx, rest.calendar, &saved).await?;
        self.seating.branched(tx, old, &rest, original, renaming.as_ref()).await?;
        self.reminders.branch(tx, old, id).await?;
        if let Some(capacity) = capacity {
            self.seating.resized(tx, id, owner, capacity).await?;
        }
        if let Some(reminders) = &reminders {
            self.reminders.replace(tx, id, by, reminders, now).await?;
        }
        if status == Some(EventStatus::Cancelled) {
            self.seating.cancelled(tx, id, by, now).await?;
        }
        Ok(Left::Whole(id))
    }

    async fn delete_whole(&self, tx: &mut Tx, by: UserId, event: &Event) -> Result<(), Failure> {
        let now = self.clock.now();
        if event.details.status != EventStatus::Cancelled {
            self.seating.cancelled(tx, event.id, by, now).await?;
        }
        self.repository.delete_event(tx, event, now).await?;
        tx.publish(&EventDeleted { event: event.id, calendar: event.calendar })
    }

    pub(super) fn touch(&self, event: &mut Event) {
        event.version += 1;
        event.updated_at = self.clock.now();
    }
}
