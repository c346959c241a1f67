//! Reminding people of what is about to begin.
//!
//! Each reminder is a row with the instant of its next ring. Whoever finds it due claims the row,
//! announces the ring and writes down the next one in a single transaction: it rings once, however
//! many processes look and whenever one of them dies. A change of the event makes its rows due at
//! once, and they are planned anew.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use madang_domain::{
    calendar::MemberRole,
    calendar::{Event, Reminder, Ring, Tier, Zone, domain_events::ReminderRang, reminder::Next, time::DAY},
    shared::{Failure, Id, Timestamp, UserId, platform},
};

use super::{people::guests::Entrance, ports::CalendarRepository};
use crate::shared::{Caller, Clock, Tx, UnitOfWork};

/// How many reminders one transaction looks at.
const BATCH: i64 = 50;

/// What should have rung longer ago is not made up for: nobody was there to ring it.
const LATEST: i64 = DAY;

/// A reminder that is due, claimed until the transaction ends.
#[derive(Clone, Debug)]
pub struct DueReminder {
    /// The event.
    pub event: Id<Event>,
    /// Whose reminder it is.
    pub user: UserId,
    /// When it rings.
    pub reminder: Reminder,
    /// The last ring, by its place in their order.
    pub fired: (i64, i64),
    /// When the next one was found out; `None` if the event changed since.
    pub planned_at: Option<i64>,
    /// The home zone of the calendar.
    pub home: Zone,
    /// What the person may do in the calendar.
    pub role: Option<MemberRole>,
}

/// Whether somebody comes to an occurrence, as far as guests say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// They are no guest.
    NoGuest,
    /// They said no.
    Declined,
    /// They are invited and did not say no, or have a seat.
    Expected,
    /// They came by themselves to other occurrences.
    Elsewhere,
}

/// Keeps reminders.
#[async_trait]
pub trait ReminderRepository: Send + Sync + 'static {
    /// Gives somebody these reminders of an event and no others. What stays rings on.
    async fn replace(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        user: UserId,
        reminders: &[Reminder],
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// The reminders somebody has of these events.
    async fn of(
        &self,
        tx: &mut Tx,
        user: UserId,
        events: &[Id<Event>],
    ) -> anyhow::Result<HashMap<Id<Event>, Vec<Reminder>>>;

    /// Gives somebody these reminders beside those they have.
    async fn add(
        &self,
        tx: &mut Tx,
        user: UserId,
        reminders: &[(Id<Event>, Reminder)],
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// Claims reminders that are due; those other processes are at are left to them.
    async fn claim(&self, tx: &mut Tx, now: Timestamp, limit: i64) -> anyhow::Result<Vec<DueReminder>>;

    /// Whether somebody comes to an occurrence.
    async fn coming(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        user: UserId,
        original: i64,
    ) -> anyhow::Result<Coming>;

    /// Whether an occurrence of a task is done.
    async fn is_done(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<bool>;

    /// Writes down how far a claimed reminder has rung, when to look next, and when that was found
    /// out.
    async fn plan(
        &self,
        tx: &mut Tx,
        due: &DueReminder,
        next: Option<i64>,
        planned_at: Option<i64>,
    ) -> anyhow::Result<()>;

    /// Gives everybody the reminders they have of one event for another.
    async fn branch(&self, tx: &mut Tx, event: Id<Event>, to: Id<Event>) -> anyhow::Result<()>;

    /// Takes the reminders of somebody who does not see the event any more.
    async fn drop_all(&self, tx: &mut Tx, event: Id<Event>, user: UserId) -> anyhow::Result<()>;
}

/// The use cases of reminders.
pub struct ReminderService {
    uow: Arc<UnitOfWork>,
    reminders: Arc<dyn ReminderRepository>,
    events: Arc<dyn CalendarRepository>,
    entrance: Arc<Entrance>,
    clock: Arc<dyn Clock>,
}

impl ReminderService {
    /// With its collaborators.
    pub fn new(
        uow: Arc<UnitOfWork>,
        reminders: Arc<dyn ReminderRepository>,
        events: Arc<dyn CalendarRepository>,
        entrance: Arc<Entrance>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, reminders, events, entrance, clock }
    }

    /// Replaces the caller's own reminders of an event that they are a member or a guest of.
    ///
    /// # Errors
    /// 404 for those who do not see the event, 403 for those who only could join.
    pub async fn set(
        &self,
        caller: &Caller,
        event: Id<Event>,
        reminders: &[Reminder],
    ) -> Result<(), Failure> {
        let (door, tie) = self.entrance.door(caller.user, event).await?;
        if !door.is_seen(tie) {
            let code = if door.may_see(tie) { platform::FORBIDDEN } else { platform::NOT_FOUND };
            return Err(code.into());
        }
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                // The event may be gone by now; then nothing hangs on it.
                self.events.calendar_of(tx, event).await?.ok_or(platform::NOT_FOUND)?;
                Ok(self.reminders.replace(tx, event, caller.user, reminders, now).await?)
            })
            .await
    }

    /// Rings what is due, some at a time; answers how many reminders were looked at.
    ///
    /// # Errors
    /// Only outages; nothing has rung then.
    pub async fn ring(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                let claimed = self.reminders.claim(tx, now, BATCH).await?;
                let mut ids: Vec<Id<Event>> = claimed.iter().map(|due| due.event).collect();
                ids.sort_unstable();
                ids.dedup();
                let events = self.events.events_by_id(tx, &ids).await?;
                let events: HashMap<Id<Event>, Event> =
                    events.into_iter().map(|event| (event.id, event)).collect();
                for due in &claimed {
                    match events.get(&due.event) {
                        Some(event) => self.look(tx, due.clone(), event, now.micros()).await?,
                        None => self.reminders.plan(tx, due, None, None).await?,
                    }
                }
                Ok(claimed.len())
            })
            .await
    }

    async fn look(&self, tx: &mut Tx, mut due: DueReminder, event: &Event, now: i64) -> Result<(), Failure> {
        let after = due.fired.max((now - LATEST, i64::MIN));
        for ring in event.rings(due.reminder, &due.home, after, now) {
            let coming = self.reminders.coming(tx, due.event, due.user, ring.original).await?;
            if !sees(&due, event, coming) {
                return Ok(self.reminders.drop_all(tx, due.event, due.user).await?);
            }
            due.fired = ring.place();
            let done =
                event.completed_at.is_some() || self.reminders.is_done(tx, due.event, ring.original).await?;
            let wanted = comes(&due, event, coming) && !done;
            if wanted && is_of_use(&ring, due.planned_at, now) {
                tx.publish(&ReminderRang {
                    event: due.event,
                    occurrence: ring.original,
                    user: due.user,
                    minutes: due.reminder.minutes(),
                    at: ring.at,
                })?;
            }
        }
        let (next, planned_at) =
            match event.next_ring(due.reminder, &due.home, due.fired.max((now, i64::MAX))) {
                Next::Rings(ring) => (Some(ring.at), Some(now)),
                Next::Later(at) => (Some(at), Some(now)),
                Next::Never => (None, Some(now)),
            };
        Ok(self.reminders.plan(tx, &due, next, planned_at).await?)
    }
}

fn is_member(due: &DueReminder, event: &Event) -> bool {
    due.role.is_some_and(|role| Tier::of(role, event.kind, event.details.visibility) == Tier::Full)
}

fn sees(due: &DueReminder, event: &Event, coming: Coming) -> bool {
    is_member(due, event) || coming != Coming::NoGuest
}

fn comes(due: &DueReminder, event: &Event, coming: Coming) -> bool {
    match coming {
        Coming::Expected => true,
        Coming::Declined => false,
        Coming::NoGuest | Coming::Elsewhere => is_member(due, event),
    }
}

/// A ring that was planned and missed is made up for. One that a change of the event put into the
/// past is worth it only while the event is not over.
fn is_of_use(ring: &Ring, planned_at: Option<i64>, now: i64) -> bool {
    ring.starts_at >= now || ring.ends_at > now || planned_at.is_some_and(|planned| planned <= ring.at)
}
