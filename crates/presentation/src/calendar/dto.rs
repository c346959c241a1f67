//! What goes in and out, as JSON.

use madang_application::calendar::{
    self as app, ImportReport,
    ports::Warning,
    queries::{CalendarView, ChangeView, EventView},
};
use madang_domain::{
    calendar::{self, CalendarName, Color, Description, Location, Title, given::due_by},
    shared::{Id, UserId, id::User},
};
use poem_openapi::{Enum, Object, types::MaybeUndefined};
use serde::Serialize;

use super::{
    moment::EventMoment,
    people::{JoinState, Participant, ParticipantStatus},
};
use crate::{
    http::{Field, Ident, Instant, ZoneName},
    identity::UserSummary,
};

/// What a person may do in a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum CalendarRole {
    /// Learns when the owner is busy.
    FreeBusy,
    /// Sees the events.
    Reader,
    /// Makes and changes events.
    Writer,
    /// Changes the calendar itself.
    Owner,
}

/// A calendar.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    /// Its id.
    pub id: Ident<calendar::Calendar>,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// `#rrggbb`, as the caller paints it.
    pub color: String,
    /// `#rrggbb`, as everybody sees it who chose no colour of their own.
    pub shared_color: String,
    /// Where the caller put it in their list; null if they did not.
    pub position: Option<i64>,
    /// Where days and floating times of its events are.
    pub time_zone: String,
    /// What the caller may do in it.
    pub my_role: CalendarRole,
    /// Whose it is.
    pub owner_id: Ident<User>,
    /// Whether it is the one made at sign-up, which cannot be deleted.
    pub is_default: bool,
    /// Whether it is one of the service itself, which everybody may subscribe to and nobody changes; its
    /// `ownerId` is nobody's.
    pub is_system: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When its properties last changed.
    pub updated_at: Instant,
}

/// A calendar of the service itself.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct SystemCalendar {
    /// Its id.
    pub id: Ident<calendar::Calendar>,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// `#rrggbb`
    pub color: String,
    /// Where its days are.
    pub time_zone: String,
    /// Whether it is in the caller's list of calendars.
    pub subscribed: bool,
}

/// A new calendar.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewCalendar {
    /// What it is called.
    pub name: Field<CalendarName>,
    /// What it is about.
    pub description: Option<Field<Description>>,
    /// `#rrggbb`
    pub color: Option<Field<Color>>,
    /// Where its days are; as in the default calendar if left out.
    pub time_zone: Option<ZoneName>,
}

/// A change of a calendar; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CalendarChange {
    /// What it is called.
    pub name: Option<Field<CalendarName>>,
    /// What it is about; null clears it.
    pub description: MaybeUndefined<Field<Description>>,
    /// `#rrggbb`
    pub color: Option<Field<Color>>,
    /// Where its days are.
    pub time_zone: Option<ZoneName>,
}

/// A change of how the caller alone sees a calendar; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CalendarViewChange {
    /// `#rrggbb`; null goes back to the colour everybody sees.
    pub color: MaybeUndefined<Field<Color>>,
    /// Where it stands in the caller's list, from 0; null puts it back by age, behind those with a
    /// place.
    #[oai(validator(minimum(value = "0"), maximum(value = "10000")))]
    pub position: MaybeUndefined<i64>,
}

/// What sort of entry it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// Something that takes place.
    #[default]
    Event,
    /// Something to be done.
    Task,
}

/// Whether it takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum EventStatus {
    /// It does.
    Confirmed,
    /// Perhaps.
    Tentative,
    /// Not any more.
    Cancelled,
}

/// Who among those who see the calendar may see what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum EventVisibility {
    /// Everybody.
    Public,
    /// The owner and the organizer only.
    Private,
    /// The owner and the organizer; others see that there is something, not what.
    Confidential,
}

/// An event or a task, or one occurrence of it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its id; all occurrences share it.
    pub id: Ident<calendar::Event>,
    /// Its name everywhere (RFC 5545 UID).
    pub uid: String,
    /// The calendar it is in.
    pub calendar_id: Ident<calendar::Calendar>,
    /// Event or task.
    pub kind: EventKind,
    /// What it is called; null for a nameless one from a file.
    pub title: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// When it begins; null for a task without a date, which is in no range.
    pub start: Option<EventMoment>,
    /// When it ends, exclusive; of a task, when it is due: the day itself.
    pub end: Option<EventMoment>,
    /// Whether it is about whole days.
    pub all_day: bool,
    /// The zone it follows; null for days and floating times.
    pub time_zone: Option<String>,
    /// RRULE, RDATE and EXDATE lines (RFC 5545).
    pub recurrence: Vec<String>,
    /// Which occurrence of a series this is: the start the series gave it.
    pub occurrence: Option<String>,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Who may see it.
    pub visibility: EventVisibility,
    /// Whether others find its time taken when they look for free time (RFC 5545 TRANSP).
    pub blocks_time: bool,
    /// Who organizes it; null where only times are shown.
    pub organizer: Option<UserSummary>,
    /// Who is invited, and what they say to this occurrence.
    pub participants: Vec<Participant>,
    /// How many seats each occurrence has; null if nobody may join.
    pub capacity: Option<i64>,
    /// How many seats are taken; in all occurrences together where this is a whole series.
    pub joined_count: i64,
    /// How many people wait for one.
    pub waitlist_count: i64,
    /// What the caller answered; null if they are not invited.
    pub my_status: Option<ParticipantStatus>,
    /// What the caller has; null if they did not join.
    pub my_join_state: Option<JoinState>,
    /// When the caller wants to be reminded; nobody sees those of others.
    pub reminders: Vec<EventReminder>,
    /// When the task was done.
    pub completed_at: Option<Instant>,
    /// Counts changes of time and rhythm.
    pub sequence: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// When somebody wants to be reminded of an event.
#[derive(Clone, Copy, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct EventReminder {
    /// So many minutes before each occurrence begins, up to four weeks; after it, if negative. Before
    /// a day, minutes of the clock where the calendar is: 900 is nine in the morning on the day before.
    #[oai(validator(minimum(value = "-1440"), maximum(value = "40320")))]
    pub minutes_before: i64,
}

/// The caller's own reminders of an event.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EventReminders {
    /// All of them; an empty list reminds of nothing.
    #[oai(validator(max_items = 10))]
    pub reminders: Vec<EventReminder>,
}

/// A new event or task.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewEvent {
    /// Event or task; `event` if left out.
    pub kind: Option<EventKind>,
    /// What it is called.
    pub title: Field<Title>,
    /// More about it.
    pub description: Option<Field<Description>>,
    /// Where it is.
    pub location: Option<Field<Location>>,
    /// When it begins. A task may have an end alone, by which it is due, or neither.
    pub start: Option<EventMoment>,
    /// When it ends, exclusive; a day lasts the day and a time no time at all if left out. Of a task, when
    /// it is due: the day itself.
    pub end: Option<EventMoment>,
    /// Says again what `start` says: whether it is about whole days.
    pub all_day: Option<bool>,
    /// The zone of a start and an end that name none; that of the caller's preferences if left out, and
    /// wherever one is if null.
    pub time_zone: Option<ZoneName>,
    /// RRULE, RDATE and EXDATE lines, such as `RRULE:FREQ=WEEKLY;BYDAY=MO,TH`.
    #[oai(validator(max_items = 100))]
    pub recurrence: Option<Vec<String>>,
    /// Whether it takes place; `confirmed` if left out.
    pub status: Option<EventStatus>,
    /// Who may see it; `public` if left out.
    pub visibility: Option<EventVisibility>,
    /// Whether it takes up its time when others look for free time; `true` if left out.
    pub blocks_time: Option<bool>,
    /// How many people may join each occurrence; nobody if left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    pub capacity: Option<i64>,
    /// When the caller wants to be reminded; not at all if left out.
    #[oai(validator(max_items = 10))]
    pub reminders: Option<Vec<EventReminder>>,
}

/// A change of an event with all its occurrences; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EventChange {
    /// What it is called.
    pub title: Option<Field<Title>>,
    /// More about it; null clears it.
    pub description: MaybeUndefined<Field<Description>>,
    /// Where it is; null clears it.
    pub location: MaybeUndefined<Field<Location>>,
    /// When it begins; the length stays if there is no `end`. Null takes the date away from a task, or
    /// all of it but the `end` beside it.
    pub start: MaybeUndefined<EventMoment>,
    /// When it ends; null takes the end away.
    pub end: MaybeUndefined<EventMoment>,
    /// The zone of a start and an end that name none; they are of the event's own if left out. A start or
    /// an end that is not given shows in this zone what it showed before.
    pub time_zone: Option<ZoneName>,
    /// RRULE, RDATE and EXDATE lines; an empty list makes it happen once.
    #[oai(validator(max_items = 100))]
    pub recurrence: Option<Vec<String>>,
    /// Whether it takes place.
    pub status: Option<EventStatus>,
    /// Who may see it.
    pub visibility: Option<EventVisibility>,
    /// Whether it takes up its time when others look for free time.
    pub blocks_time: Option<bool>,
    /// How many people may join each occurrence; with more, those who wait follow. Null closes it.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    pub capacity: MaybeUndefined<i64>,
    /// When the caller wants to be reminded, instead of what they chose before.
    #[oai(validator(max_items = 10))]
    pub reminders: Option<Vec<EventReminder>>,
}

/// What an import did.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct CalendarImport {
    /// Entries that are new.
    pub created: u32,
    /// Entries that were there and changed.
    pub updated: u32,
    /// Entries that were there just so, and events that do not say when they are.
    pub skipped: u32,
    /// What was repaired, or kept without being understood.
    pub warnings: Vec<ImportWarning>,
}

/// What to know about an entry of a file.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct ImportWarning {
    /// The line in the file, from 1.
    pub line: u64,
    /// The entry it is about.
    pub uid: Option<String>,
    /// `keptNotExpanded`, `keptNotShown`, `repairedTimeZone`, `repairedEnd`, `repairedTime`,
    /// `repairedRule`, `repairedText`, `unknownTimeZone`, `shortened`, `madeUid`, `duplicateUid`, `splitSeries`,
    /// `droppedSeats`, `droppedLine` or `droppedComponent`.
    pub code: String,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The reason in words.
    pub text: String,
}

/// What became of something an import could not take just as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ImportOutcome {
    /// It is in the calendar and in its exports as it came, but not understood.
    Kept,
    /// It was read as what it must have meant.
    Repaired,
    /// It is left out.
    Dropped,
}

/// A change in a calendar.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct EventDelta {
    /// The event.
    pub id: Ident<calendar::Event>,
    /// Its name everywhere.
    pub uid: String,
    /// Whether it is gone.
    pub deleted: bool,
    /// What it is now; null if it is gone.
    pub event: Option<Event>,
}

/// What changed in a calendar since a token.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct CalendarChanges {
    /// The changes, oldest first; an event that changed twice is there once.
    pub items: Vec<EventDelta>,
    /// Send it as `syncToken` to learn what changes next.
    pub next_sync_token: String,
    /// Whether there is more right now.
    pub has_more: bool,
}

impl From<app::SystemCalendar> for SystemCalendar {
    fn from(system: app::SystemCalendar) -> Self {
        let app::SystemCalendar { calendar, subscribed } = system;
        Self {
            id: calendar.id.into(),
            name: calendar.name.to_string(),
            description: said(calendar.description.to_string()),
            color: calendar.color.to_string(),
            time_zone: calendar.zone.to_string(),
            subscribed,
        }
    }
}

impl From<CalendarView> for Calendar {
    fn from(view: CalendarView) -> Self {
        Self {
            id: view.id.into(),
            name: view.name,
            description: said(view.description),
            color: view.color,
            shared_color: view.shared_color,
            position: view.position,
            time_zone: view.time_zone,
            my_role: view.my_role.into(),
            owner_id: owner(view.owner),
            is_default: view.is_default,
            is_system: view.id == calendar::korea::CALENDAR,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
        }
    }
}

fn owner(id: UserId) -> Ident<User> {
    Id::<User>::new(id.uuid()).into()
}

/// An empty text is no text.
fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl From<EventView> for Event {
    fn from(view: EventView) -> Self {
        let start = view.start.as_ref().map(EventMoment::from);
        let is_task = view.kind == calendar::EventKind::Task;
        let end = if is_task { view.end.map(due_by) } else { view.end };
        let people = view.people;
        Self {
            id: view.id.into(),
            uid: view.uid,
            calendar_id: view.calendar.into(),
            kind: if is_task { EventKind::Task } else { EventKind::Event },
            title: view.title,
            description: said(view.description),
            location: said(view.location),
            all_day: view.start.is_some_and(|start| start.is_date()),
            time_zone: start.as_ref().and_then(|start| start.time_zone.clone()),
            start,
            end: end.as_ref().map(EventMoment::from),
            recurrence: view.recurrence,
            occurrence: view.occurrence.as_ref().map(calendar::EventTime::name),
            status: view.status.into(),
            visibility: view.visibility.into(),
            blocks_time: view.blocks,
            organizer: people.organizer.map(UserSummary::from),
            participants: people.guests.into_iter().map(Participant::from).collect(),
            capacity: people.capacity,
            joined_count: people.joined,
            waitlist_count: people.waiting,
            my_status: people.my_answer.map(ParticipantStatus::from),
            my_join_state: people.my_seat.map(JoinState::from),
            reminders: people.reminders.into_iter().map(EventReminder::from).collect(),
            completed_at: view.completed_at.map(Instant::from),
            sequence: view.sequence,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
        }
    }
}

impl From<ChangeView> for EventDelta {
    fn from(view: ChangeView) -> Self {
        Self {
            id: view.id.into(),
            uid: view.uid,
            deleted: view.event.is_none(),
            event: view.event.map(Event::from),
        }
    }
}

impl From<ImportReport> for CalendarImport {
    fn from(report: ImportReport) -> Self {
        let ImportReport { created, updated, skipped, warnings } = report;
        Self { created, updated, skipped, warnings: warnings.into_iter().map(ImportWarning::from).collect() }
    }
}

impl From<Warning> for ImportWarning {
    fn from(warning: Warning) -> Self {
        let outcome = match warning.code {
            code if code.starts_with("dropped") => ImportOutcome::Dropped,
            code if code.starts_with("kept") || code == "duplicateUid" => ImportOutcome::Kept,
            _ => ImportOutcome::Repaired,
        };
        let Warning { line, uid, code, text } = warning;
        Self { line, uid, code: code.to_owned(), outcome, text }
    }
}

impl From<calendar::MemberRole> for CalendarRole {
    fn from(role: calendar::MemberRole) -> Self {
        match role {
            calendar::MemberRole::FreeBusy => Self::FreeBusy,
            calendar::MemberRole::Reader => Self::Reader,
            calendar::MemberRole::Writer => Self::Writer,
            calendar::MemberRole::Owner => Self::Owner,
        }
    }
}

impl From<calendar::Reminder> for EventReminder {
    fn from(reminder: calendar::Reminder) -> Self {
        Self { minutes_before: reminder.minutes() }
    }
}

impl From<EventReminder> for calendar::Reminder {
    fn from(reminder: EventReminder) -> Self {
        Self::minutes_before(reminder.minutes_before)
    }
}

impl From<EventKind> for calendar::EventKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Event => Self::Event,
            EventKind::Task => Self::Task,
        }
    }
}

impl From<EventStatus> for calendar::EventStatus {
    fn from(status: EventStatus) -> Self {
        match status {
            EventStatus::Confirmed => Self::Confirmed,
            EventStatus::Tentative => Self::Tentative,
            EventStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<calendar::EventStatus> for EventStatus {
    fn from(status: calendar::EventStatus) -> Self {
        match status {
            calendar::EventStatus::Confirmed => Self::Confirmed,
            calendar::EventStatus::Tentative => Self::Tentative,
            calendar::EventStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<EventVisibility> for calendar::Visibility {
    fn from(visibility: EventVisibility) -> Self {
        match visibility {
            EventVisibility::Public => Self::Public,
            EventVisibility::Private => Self::Private,
            EventVisibility::Confidential => Self::Confidential,
        }
    }
}

impl From<calendar::Visibility> for EventVisibility {
    fn from(visibility: calendar::Visibility) -> Self {
        match visibility {
            calendar::Visibility::Public => Self::Public,
            calendar::Visibility::Private => Self::Private,
            calendar::Visibility::Confidential => Self::Confidential,
        }
    }
}
