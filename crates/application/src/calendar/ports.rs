//! What the calendar needs from the outside world.

use std::collections::BTreeSet;

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        Alarm, Calendar, Color, Details, Event, EventKind, Materialised, MemberRole, Override, Place,
        Recurrence, Reminder, ShareLink, Timing, Uid, Zone, domain_events::Renamed,
    },
    shared::{Id, Refusal, Timestamp, UserId},
};

use super::guestbook::{Guestbook, OwnAlarms};
use crate::shared::Tx;

/// Keeps calendars and their events.
#[async_trait]
pub trait CalendarRepository: Send + Sync + 'static {
    /// Adds a calendar with its owner as a member. `false` if it is a default calendar and the owner
    /// has one already.
    async fn insert_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<bool>;

    /// Adds a calendar of the service itself, which has no members of its own, unless it is there.
    async fn insert_system_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<()>;

    /// All entries of a calendar.
    async fn event_ids(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<Vec<Id<Event>>>;

    /// The calendar, kept from others until the transaction ends, and what `user` may do in it.
    async fn lock_calendar(
        &self,
        tx: &mut Tx,
        id: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<Option<(Calendar, Option<MemberRole>)>>;

    /// Writes the properties of a locked calendar.
    async fn update_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<()>;

    /// Deletes a calendar with everything in it.
    async fn delete_calendar(&self, tx: &mut Tx, id: Id<Calendar>) -> anyhow::Result<()>;

    /// How many calendars a person owns.
    async fn count_owned(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<i64>;

    /// The ids of the calendars a person owns.
    async fn owned(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<Vec<Id<Calendar>>>;

    /// Takes a person out of all calendars of others.
    async fn leave_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;

    /// The calendar an event is in.
    async fn calendar_of(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<Id<Calendar>>>;

    /// An event of a locked calendar.
    async fn event(&self, tx: &mut Tx, id: Id<Event>) -> anyhow::Result<Option<Event>>;

    /// Keeps a calendar from others until the transaction ends.
    async fn keep_calendar(&self, tx: &mut Tx, id: Id<Calendar>) -> anyhow::Result<()>;

    /// Marks an occurrence of a task as done, unless it is.
    async fn complete(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// Takes that mark away.
    async fn reopen(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<()>;

    /// These events, without keeping them from anybody.
    async fn events_by_id(&self, tx: &mut Tx, ids: &[Id<Event>]) -> anyhow::Result<Vec<Event>>;

    /// The events of a locked calendar that have one of these uids.
    async fn events_by_uid(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        uids: &[Uid],
    ) -> anyhow::Result<Vec<Event>>;

    /// Writes events of one locked calendar, new and old, with their occurrences; each gets the next
    /// number of the calendar's change counter.
    async fn save_events(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        events: &[(Event, Materialised)],
    ) -> anyhow::Result<()>;

    /// Deletes an event of a locked calendar and leaves a mark for those who synchronise.
    async fn delete_event(&self, tx: &mut Tx, event: &Event, now: Timestamp) -> anyhow::Result<()>;
}

/// Keeps who may enter a calendar, and how.
#[async_trait]
pub trait SharingRepository: Send + Sync + 'static {
    /// What somebody may do in a calendar.
    async fn role_of(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<Option<MemberRole>>;

    /// Lets somebody in, or changes their role.
    async fn put_member(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
        role: MemberRole,
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// Takes somebody out.
    async fn delete_member(&self, tx: &mut Tx, calendar: Id<Calendar>, user: UserId) -> anyhow::Result<()>;

    /// How many people are in a calendar.
    async fn count_members(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<i64>;

    /// The member with the role of an owner for the longest time, `except` aside.
    async fn next_owner(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        except: UserId,
    ) -> anyhow::Result<Option<UserId>>;

    /// Makes a member the one whose calendar it is.
    async fn hand_over(&self, tx: &mut Tx, calendar: Id<Calendar>, to: UserId) -> anyhow::Result<()>;

    /// Writes how a member sees the calendar; `None`s leave what is there, `Some(None)` goes back to
    /// what everybody sees.
    async fn set_view(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
        color: Option<Option<&Color>>,
        place: Option<Option<Place>>,
    ) -> anyhow::Result<()>;

    /// A secret that nobody can guess, for the address of a share link.
    fn fresh_secret(&self) -> String;

    /// Adds a share link; of its secret only a fingerprint is kept.
    async fn insert_link(&self, tx: &mut Tx, link: &ShareLink, secret: &str) -> anyhow::Result<()>;

    /// How many share links a calendar has.
    async fn count_links(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<i64>;

    /// Takes a share link back; `false` if the calendar has no such link.
    async fn delete_link(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        link: Id<ShareLink>,
    ) -> anyhow::Result<bool>;
}

/// Reads and writes iCalendar text (RFC 5545).
#[async_trait]
pub trait ICalendarText: Send + Sync + 'static {
    /// Reads a file, as seen at some moment. A component that cannot be read becomes a warning, or an
    /// entry that is kept without being understood; refused is only what is not iCalendar at all, and
    /// what would flood the calendar.
    async fn read(&self, file: Vec<u8>, now: Timestamp) -> Result<ReadFile, Refusal>;

    /// Writes a whole calendar, with what the guestbook says of its people. What other programs cannot work
    /// out is named as dates, some years ahead of `now`; they stay the same until the year changes.
    fn write(&self, calendar: &Calendar, events: &[Event], people: &Guestbook, now: Timestamp) -> String;

    /// The components of one event as they go into a file, unfolded: the ones it was imported with,
    /// brought up to date, with everything kept that we do not understand.
    fn components(&self, event: &Event) -> String;

    /// The components of an event that goes on where another was cut: what the other was imported with,
    /// under its own name, brought up to date.
    fn branch(&self, rest: &Event, text: &str) -> String;

    /// The components of one event as somebody gets them: with their own alarms, and nobody else's.
    fn personal(&self, event: &Event, alarms: &OwnAlarms) -> String;

    /// The reminders that the alarms an event was imported with ask for.
    fn alarms(&self, event: &Event, home: &Zone) -> BTreeSet<Reminder>;

    /// Whether components say the same, but for people and alarms that an export of ours put there.
    fn same(&self, one: &str, other: &str) -> bool;
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct ReadFile {
    /// The events, tasks and other entries; no two have the same uid.
    pub entries: Vec<Entry>,
    /// What was repaired, or could not be understood.
    pub warnings: Vec<Warning>,
}

/// An entry of a file: a component with the occurrences that differ from it.
#[derive(Debug)]
pub struct Entry {
    /// Its name everywhere.
    pub uid: Uid,
    /// The line its first component begins on.
    pub line: u64,
    /// What sort of entry it is.
    pub kind: EventKind,
    /// What it says.
    pub details: Details,
    /// When it is.
    pub timing: Option<Timing>,
    /// How it repeats, as far as understood.
    pub recurrence: Recurrence,
    /// Occurrences that differ.
    pub overrides: Vec<Override>,
    /// When the task was done.
    pub completed_at: Option<Timestamp>,
    /// Its SEQUENCE.
    pub sequence: i64,
    /// The components as they stand in the file, unfolded.
    pub ical: String,
    /// The alarms of the series, or of the one event, in their order.
    pub alarms: Vec<FoundAlarm>,
    /// The series it goes on for, if the file says so.
    pub cut: Option<Cut>,
    /// How many occurrences of it are written down.
    pub rows: usize,
}

impl Entry {
    /// Whether it was to be an event, but does not say when; it is kept as it came, and not shown.
    pub fn is_unreadable(&self) -> bool {
        self.timing.is_none() && self.ical.starts_with("BEGIN:VEVENT")
    }
}

/// Where an entry goes on for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The uid of the series that was cut.
    pub of: Uid,
    /// The first occurrence that belongs to the entry, by where that series began it.
    pub from: i64,
    /// How occurrences are called in the entry; `None` if as before.
    pub renamed: Option<Renamed>,
}

/// An alarm of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundAlarm {
    /// The line it begins on.
    pub line: u64,
    /// When it fires; `None` if that, or what it does, is not understood.
    pub alarm: Option<Alarm>,
}

/// What to know about an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line in the file, from 1.
    pub line: u64,
    /// The entry it is about.
    pub uid: Option<String>,
    /// Stable name of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub text: String,
}
