//! Making, changing and deleting events and tasks.

use std::sync::Arc;

use futures_util::future::join;
use madang_domain::{
    calendar::{
        Calendar, Description, Details, Event, EventKind, EventStatus, EventTime, Location, Recurrence,
        Reminder, Tier, Timing, Title, Uid, Visibility, Zone,
        domain_events::{EventCreated, EventHidden, Renamed, SeriesMoved},
        errors,
    },
    shared::{Failure, Id, Refusal, UserId, platform},
};

use super::{
    people::{PeopleService, Seating},
    policy,
    ports::{CalendarRepository, ICalendarText},
    queries::{CalendarQueries, EventView, People},
    range,
    reminders::ReminderRepository,
    scopes::Scope,
};
use crate::{
    identity::queries::AccountQueries,
    shared::{Caller, Clock, Tx, UnitOfWork, new_id},
};

/// A new event or task.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Event or task.
    pub kind: EventKind,
    /// What it says.
    pub details: Details,
    /// When it is; `None` for a task without a date.
    pub timing: Option<Timing>,
    /// How it repeats.
    pub recurrence: Recurrence,
    /// How many seats each occurrence has; `None` if nobody may join.
    pub capacity: Option<i64>,
    /// When whoever makes it wants to be reminded.
    pub reminders: Vec<Reminder>,
}

/// What to change of an event; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct EventChange {
    /// What it is called.
    pub title: Option<Title>,
    /// More about it.
    pub description: Option<Description>,
    /// Where it is.
    pub location: Option<Location>,
    /// Whether it takes place.
    pub status: Option<EventStatus>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Whether it takes up its time.
    pub blocks: Option<bool>,
    /// When it begins; the length stays unless `end` says otherwise.
    pub start: Option<EventTime>,
    /// When it ends; `Some(None)` takes the end away.
    pub end: Option<Option<EventTime>>,
    /// Whether the date of a task is taken away; `start` and `end` say nothing then.
    pub undated: bool,
    /// How it repeats; an empty one makes it happen once.
    pub recurrence: Option<Recurrence>,
    /// How many seats each occurrence has; `Some(None)` closes it.
    pub capacity: Option<Option<i64>>,
    /// When whoever changes it wants to be reminded.
    pub reminders: Option<Vec<Reminder>>,
}

/// The use cases of events.
pub struct EventService {
    pub(super) uow: Arc<UnitOfWork>,
    pub(super) repository: Arc<dyn CalendarRepository>,
    pub(super) queries: Arc<dyn CalendarQueries>,
    pub(super) people: Arc<PeopleService>,
    pub(super) seating: Arc<Seating>,
    pub(super) reminders: Arc<dyn ReminderRepository>,
    pub(super) text: Arc<dyn ICalendarText>,
    accounts: Arc<dyn AccountQueries>,
    pub(super) clock: Arc<dyn Clock>,
}

impl EventService {
    /// With its collaborators.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        queries: Arc<dyn CalendarQueries>,
        people: Arc<PeopleService>,
        seating: Arc<Seating>,
        reminders: Arc<dyn ReminderRepository>,
        text: Arc<dyn ICalendarText>,
        accounts: Arc<dyn AccountQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, queries, people, seating, reminders, text, accounts, clock }
    }

    /// One event, as a member of its calendar sees it, as a guest, or as a friend of the organizer
    /// of an open one.
    pub async fn get(&self, caller: &Caller, id: Id<Event>) -> Result<EventView, Failure> {
        let view = match self.people.visited(caller.user, id).await? {
            Some(view) => Some(view),
            None => self.queries.event(caller.user, id).await?,
        };
        self.filled(caller, view.ok_or(platform::NOT_FOUND)?).await
    }

    /// Where times are of which nobody says where: the zone of the caller's preferences.
    pub async fn home(&self, caller: &Caller) -> Result<Zone, Failure> {
        let account = self.accounts.account(caller.user).await?;
        Ok(account.map_or_else(super::calendars::fallback_zone, |account| Zone::restore(&account.time_zone)))
    }

    /// With the people of it.
    pub(super) async fn filled(&self, caller: &Caller, mut view: EventView) -> Result<EventView, Failure> {
        self.people.fill(caller.user, std::slice::from_mut(&mut view)).await?;
        Ok(view)
    }

    /// Makes an event or a task.
    pub async fn create(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        new: NewEvent,
    ) -> Result<EventView, Failure> {
        if let Some(timing) = &new.timing {
            new.recurrence.check_density(&timing.start).map_err(at_recurrence)?;
        }
        let (capacity, reminders) = (new.capacity, new.reminders.clone());
        let mut made = None;
        let making = self.uow.run_once(caller.origin.once.as_ref(), async |tx| {
            let found = self.repository.lock_calendar(tx, calendar, caller.user).await?;
            let (home, role) = found.ok_or(platform::NOT_FOUND)?;
            policy::may_write(role)?;
            let event = self.event(calendar, new);
            let id = event.id;
            tx.publish(&EventCreated { event: id, calendar, by: caller.user })?;
            made = range::view(&event, None);
            self.save(tx, event).await?;
            self.seating.made(tx, id, (caller.user, home.owner), capacity).await?;
            let rings: Vec<_> = reminders.iter().map(|reminder| (id, *reminder)).collect();
            self.reminders.add(tx, caller.user, &rings, self.clock.now()).await?;
            Ok(id)
        });
        // Whoever makes an event organizes it, and sees all of it.
        let (id, organizer) = join(making, self.people.summary(caller.user)).await;
        let id = id?;
        let Some(mut view) = made else { return self.get(caller, id).await };
        view.people = People { organizer: organizer?, capacity, reminders, ..People::default() };
        // The earliest first.
        view.people.reminders.sort_unstable_by(|one, other| other.cmp(one));
        Ok(view)
    }

    /// Changes an event that is kept from others, with all that hangs on it.
    pub(super) async fn edit_in(
        &self,
        tx: &mut Tx,
        by: UserId,
        (before, owner): (Event, UserId),
        (capacity, reminders): (Option<Option<i64>>, Option<Vec<Reminder>>),
        change: impl FnOnce(&mut Event) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let (id, mut event) = (before.id, before.clone());
        change(&mut event)?;
        if event.timing.is_none() && capacity.flatten().is_some() {
            return Err(errors::DATE_REQUIRED.at("/capacity").into());
        }
        event.version += 1;
        event.updated_at = self.clock.now();
        if let Some(capacity) = capacity {
            self.seating.resized(tx, id, owner, capacity).await?;
        }
        self.seating.changed(tx, (&before, &event), by, event.updated_at).await?;
        // What happens once has no names to change.
        let starts = before.timing.as_ref().zip(event.timing.as_ref()).filter(|_| before.repeats());
        if let Some(renamed) = starts.and_then(|(old, new)| Renamed::between(&old.start, &new.start)) {
            tx.publish(&SeriesMoved {
                event: id,
                version: event.version,
                calendar: event.calendar,
                renamed,
            })?;
        }
        if event.is_hidden_since(&before) {
            tx.publish(&EventHidden { event: id })?;
        }
        if let Some(reminders) = &reminders {
            self.reminders.replace(tx, id, by, reminders, event.updated_at).await?;
        }
        self.save(tx, event).await
    }

    pub(super) async fn save(&self, tx: &mut Tx, event: Event) -> Result<(), Failure> {
        let rows = event.materialise(self.clock.now());
        let calendar = event.calendar;
        Ok(self.repository.save_events(tx, calendar, &[(event, rows)]).await?)
    }

    pub(super) async fn writable(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        (id, scope, visibility): (Id<Event>, &Scope, Option<Visibility>),
        precondition: impl FnOnce(i64) -> Result<(), Failure> + Send,
    ) -> Result<(Event, UserId), Failure> {
        let calendar = self.repository.calendar_of(tx, id).await?.ok_or(platform::NOT_FOUND)?;
        let found = self.repository.lock_calendar(tx, calendar, caller.user).await?;
        let (home, role) = found.ok_or(platform::NOT_FOUND)?;
        let role = policy::may_enter(role)?;
        let event = self.repository.event(tx, id).await?.filter(|event| event.kind != EventKind::Other);
        let event = event.ok_or(platform::NOT_FOUND)?;
        let organizes = self.seating.organizes(tx, id, caller.user).await?;
        let sees = |visibility| policy::sees(role, organizes, event.kind, visibility);
        policy::may_change(role, sees(event.details.visibility))?;
        // What is said of one occurrence may be more private than the rest.
        if let Scope::This(at) = scope
            && let Some(own) = event.overrides.iter().find(|own| own.original == at.micros())
        {
            policy::may_change(role, sees(own.details.visibility))?;
        }
        // Only who still reads it afterwards may hide it from others.
        if visibility.is_some_and(|visibility| sees(visibility) != Tier::Full) {
            return Err(platform::FORBIDDEN.into());
        }
        precondition(event.version)?;
        Ok((event, home.owner))
    }

    fn event(&self, calendar: Id<Calendar>, new: NewEvent) -> Event {
        let id = new_id::<Event>();
        let now = self.clock.now();
        Event {
            id,
            calendar,
            uid: Uid::restore(format!("{id}@madang")),
            kind: new.kind,
            details: new.details,
            timing: new.timing,
            recurrence: new.recurrence,
            overrides: Vec::new(),
            completed_at: None,
            sequence: 0,
            version: 1,
            created_at: now,
            updated_at: now,
            ical: None,
            alarms_of: None,
        }
    }
}

/// Puts new words into what an event or an occurrence says.
pub(super) fn describe(details: &mut Details, change: &EventChange) {
    details.title = change.title.clone().or(details.title.take());
    details.description = change.description.clone().unwrap_or(details.description.clone());
    details.location = change.location.clone().unwrap_or(details.location.clone());
    details.status = change.status.unwrap_or(details.status);
    details.visibility = change.visibility.unwrap_or(details.visibility);
    details.blocks = change.blocks.unwrap_or(details.blocks);
}

/// New words for an occurrence that differs from its series: where it says what all of them said, it says
/// what all of them say now.
fn describe_alike(own: &mut Details, all: &Details, change: &EventChange) {
    let alike = EventChange {
        title: change.title.clone().filter(|_| own.title == all.title),
        description: change.description.clone().filter(|_| own.description == all.description),
        location: change.location.clone().filter(|_| own.location == all.location),
        status: change.status.filter(|_| own.status == all.status),
        visibility: change.visibility.filter(|_| own.visibility == all.visibility),
        blocks: change.blocks.filter(|_| own.blocks == all.blocks),
        ..EventChange::default()
    };
    describe(own, &alike);
}

pub(super) fn apply(event: &mut Event, change: EventChange) -> Result<(), Failure> {
    for differs in &mut event.overrides {
        describe_alike(&mut differs.details, &event.details, &change);
    }
    describe(&mut event.details, &change);
    if change.undated {
        let repeats = change.recurrence.is_some_and(|recurrence| recurrence.repeats());
        let refused = if repeats { Err(errors::DATE_REQUIRED.into()) } else { event.undate() };
        return refused.map_err(at_recurrence);
    }
    if change.start.is_none() && change.end.is_none() && change.recurrence.is_none() {
        return Ok(());
    }
    let Some(old) = event.timing.clone() else {
        let recurrence = change.recurrence.unwrap_or_default();
        return match change.start {
            // A date for what had none.
            Some(start) => event.reschedule(Timing::as_given(start, change.end.flatten())?, recurrence),
            None if recurrence.lines().is_empty() => Ok(()),
            None => Err(errors::DATE_REQUIRED.into()),
        }
        .map_err(at_recurrence);
    };
    let timing = retimed(old.clone(), change.start, change.end)?;
    let recurrence = change.recurrence.unwrap_or_else(|| event.recurrence.moved(&old.start, &timing.start));
    event.reschedule(timing, recurrence).map_err(at_recurrence)
}

/// The timing after a change of start or end: a moved start takes its end along.
pub(super) fn retimed(
    old: Timing,
    start: Option<EventTime>,
    end: Option<Option<EventTime>>,
) -> Result<Timing, Failure> {
    let moved = start.unwrap_or_else(|| old.start.clone());
    match end {
        Some(end) => Ok(Timing::as_given(moved, end)?),
        None if moved.is_date() == old.start.is_date() => Ok(Timing { start: moved, ..old }),
        None => Ok(Timing::new(moved, None)?),
    }
}

fn at_recurrence(refusal: Refusal) -> Failure {
    refusal.at("/recurrence").into()
}
