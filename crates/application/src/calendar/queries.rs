//! What is read of calendars, and the shapes it is read in.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        Calendar, Event, EventKind, EventStatus, EventTime, MemberRole, Reminder, ShareLink, Tier, Uid,
        Visibility, Window, Zone,
    },
    shared::{Id, Page, PageRequest, Position, SearchText, Timestamp, UserId},
};
use uuid::Uuid;

pub use super::people_views::{
    Guest, InvitedGuest, OccurrenceAnswer, OccurrenceSeats, People, PeopleOf, PeopleQueries, Ties,
};
pub use madang_domain::calendar::people::Tie;

/// Reads calendars as far as a viewer may see them.
#[async_trait]
pub trait CalendarQueries: Send + Sync + 'static {
    /// Whether the person has a default calendar yet.
    async fn has_default(&self, owner: UserId) -> anyhow::Result<bool>;

    /// The calendars the viewer is a member of, oldest first.
    async fn calendars(&self, viewer: UserId, page: &PageRequest) -> anyhow::Result<Page<CalendarView>>;

    /// One calendar, unless it is hidden from the viewer.
    async fn calendar(&self, viewer: UserId, id: Id<Calendar>) -> anyhow::Result<Option<CalendarView>>;

    /// One calendar as whoever has a share link may see it.
    async fn shared(&self, id: Id<Calendar>) -> anyhow::Result<Option<CalendarView>>;

    /// One event, unless it is hidden from the viewer.
    async fn event(&self, viewer: UserId, id: Id<Event>) -> anyhow::Result<Option<EventView>> {
        Ok(self.events(viewer, &[id]).await?.pop())
    }

    /// Those of these events that are not hidden from the viewer, in any order.
    async fn events(&self, viewer: UserId, ids: &[Id<Event>]) -> anyhow::Result<Vec<EventView>>;

    /// The whole event, whoever asks.
    async fn whole(&self, id: Id<Event>) -> anyhow::Result<Option<Event>>;

    /// An occurrence by its name in answers, and the version of the event that calls it so, whoever
    /// asks; `None` where there is none.
    async fn occurrence(&self, id: Id<Event>, name: &str) -> anyhow::Result<Option<(i64, i64)>> {
        let event = self.whole(id).await?;
        Ok(event.and_then(|event| Some((event.occurrence_named(name)?, event.version))))
    }

    /// What may overlap the window, of events the viewer is a guest of and of those in their calendars;
    /// `None` if they see nothing of the calendar that was asked for.
    async fn range(&self, search: &Search) -> anyhow::Result<Option<RangeView>>;

    /// What changed in a calendar after change `since`, in the order of the change counter, one more
    /// than `limit` at most. What is gone is told only after the other change, which may be later.
    async fn changes(
        &self,
        viewer: UserId,
        calendar: Id<Calendar>,
        after: (i64, i64),
        limit: u32,
    ) -> anyhow::Result<Vec<ChangeView>>;

    /// All entries of a calendar for export, by uid.
    async fn export(&self, calendar: Id<Calendar>) -> anyhow::Result<Vec<Event>>;

    /// The events of a calendar that somebody is noted to organize.
    async fn organized(&self, calendar: Id<Calendar>, by: UserId) -> anyhow::Result<HashSet<Id<Event>>>;

    /// When somebody wants to be reminded of the events of a calendar.
    async fn reminders(
        &self,
        calendar: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<HashMap<Id<Event>, Vec<Reminder>>>;

    /// All reminders somebody has, wherever the events are.
    async fn own_reminders(&self, user: UserId) -> anyhow::Result<Vec<(Id<Event>, Reminder)>>;

    /// The occurrences that are done of repeating tasks, in the calendars somebody owns.
    async fn own_completions(&self, owner: UserId) -> anyhow::Result<Vec<(Id<Event>, EventTime, Timestamp)>>;

    /// What others may show of an event, if this viewer may see what it is.
    async fn event_visible_to(
        &self,
        viewer: UserId,
        event: Id<Event>,
    ) -> anyhow::Result<Option<EventRefView>> {
        Ok(self.events_visible_to(viewer, &[event]).await?.pop())
    }

    /// Events the viewer may see whose title, description or place contains this, the newest first.
    async fn search(
        &self,
        viewer: UserId,
        text: &SearchText,
        page: &PageRequest,
    ) -> anyhow::Result<Page<EventRefView>>;

    /// The same for many events in one query; those the viewer may not see are absent.
    async fn events_visible_to(
        &self,
        viewer: UserId,
        events: &[Id<Event>],
    ) -> anyhow::Result<Vec<EventRefView>>;
}

/// Reads who may enter a calendar, and how.
#[async_trait]
pub trait SharingQueries: Send + Sync + 'static {
    /// The members of a calendar, in the order they came.
    async fn members(&self, calendar: Id<Calendar>, page: &PageRequest) -> anyhow::Result<Page<MemberView>>;

    /// One member.
    async fn member(&self, calendar: Id<Calendar>, user: UserId) -> anyhow::Result<Option<MemberView>>;

    /// The share links of a calendar, oldest first.
    async fn links(&self, calendar: Id<Calendar>, page: &PageRequest) -> anyhow::Result<Page<ShareLink>>;

    /// One share link.
    async fn link(&self, calendar: Id<Calendar>, link: Id<ShareLink>) -> anyhow::Result<Option<ShareLink>>;

    /// The share link with this secret.
    async fn link_by_secret(&self, secret: &str) -> anyhow::Result<Option<ShareLink>>;
}

/// Somebody in a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub since: Timestamp,
}

/// A calendar as its viewer sees it.
#[derive(Clone, Debug)]
pub struct CalendarView {
    /// Id.
    pub id: Id<Calendar>,
    /// Whose it is.
    pub owner: UserId,
    /// Whether it is its owner's default one.
    pub is_default: bool,
    /// What the viewer may do.
    pub my_role: MemberRole,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// `#rrggbb`, as the viewer paints it.
    pub color: String,
    /// `#rrggbb`, as everybody sees it who chose no other.
    pub shared_color: String,
    /// Where the viewer put it in their list.
    pub position: Option<i64>,
    /// IANA name.
    pub time_zone: String,
    /// How many changes its events have seen.
    pub rev: i64,
    /// Counts changes of its properties.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its properties last changed.
    pub updated_at: Timestamp,
}

/// An event, or one of its occurrences, as its viewer sees it.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Id of the event.
    pub id: Id<Event>,
    /// Its name everywhere.
    pub uid: String,
    /// The calendar it is in.
    pub calendar: Id<Calendar>,
    /// Event or task.
    pub kind: EventKind,
    /// What it is called.
    pub title: Option<String>,
    /// More about it.
    pub description: String,
    /// Where it is.
    pub location: String,
    /// Whether it takes place.
    pub status: EventStatus,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it takes up its time.
    pub blocks: bool,
    /// When it begins; `None` for a task without a date.
    pub start: Option<EventTime>,
    /// When it ends; `None` for a task without a date.
    pub end: Option<EventTime>,
    /// RRULE, RDATE and EXDATE lines.
    pub recurrence: Vec<String>,
    /// The occurrence of a series this is, by where the series began it.
    pub occurrence: Option<EventTime>,
    /// When the task was done.
    pub completed_at: Option<Timestamp>,
    /// Who organizes it and who comes, put there by `PeopleService::fill`.
    pub people: People,
    /// Counts changes that matter to invitees.
    pub sequence: i64,
    /// Counts all changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl EventView {
    /// The same as far as a member with this role sees it.
    pub fn seen_by(self, role: MemberRole) -> Option<Self> {
        match Tier::of(role, self.kind, self.visibility) {
            Tier::Nothing => None,
            Tier::Full => Some(self),
            Tier::Busy => Some(Self {
                uid: Uid::plain(self.id).to_string(),
                title: None,
                description: String::new(),
                location: String::new(),
                visibility: Visibility::Confidential,
                completed_at: None,
                ..self
            }),
        }
    }
}

/// A stretch of time to look through.
#[derive(Clone, Debug)]
pub struct Search {
    /// Who looks.
    pub viewer: UserId,
    /// In one calendar, or in all the viewer sees.
    pub calendar: Option<Id<Calendar>>,
    /// But not in this one.
    pub except: Option<Id<Calendar>>,
    /// Only events, or only tasks.
    pub kind: Option<EventKind>,
    /// Instants, in microseconds.
    pub window: Window,
    /// Only what comes after this place.
    pub after: Option<Position>,
    /// At most so many of what has a fixed place.
    pub limit: u32,
}

/// What may overlap a window. What a guest sees of an event is more than what a member may see: it comes
/// first.
#[derive(Clone, Debug, Default)]
pub struct RangeView {
    /// Written-down occurrences of events written down for all of the window. Floating ones are
    /// candidates: only their digits are compared, and generously.
    pub written: Vec<OccurrenceView>,
    /// The events not written down for all of the window, wherever they may still have occurrences.
    pub unwritten: Vec<SeriesView>,
    /// The people of all these events, read meanwhile; `None` if there is more than one answer holds.
    pub people: Option<Vec<PeopleOf>>,
}

/// An occurrence that was written down.
#[derive(Clone, Debug)]
pub struct OccurrenceView {
    /// Breaks ties among what begins at the same moment.
    pub id: Uuid,
    /// Where it begins, on the line of its frame.
    pub starts_at: i64,
    /// Where it ends.
    pub ends_at: i64,
    /// Whether its times are digits that mean an instant only to a viewer.
    pub floats: bool,
    /// The home zone of its calendar.
    pub zone: Zone,
    /// The rest.
    pub event: EventView,
}

/// An event to expand on the spot.
#[derive(Clone, Debug)]
pub struct SeriesView {
    /// The event with everything.
    pub event: Event,
    /// What the viewer may do in its calendar.
    pub role: MemberRole,
    /// The home zone of its calendar.
    pub zone: Zone,
}

/// A change in a calendar.
#[derive(Clone, Debug)]
pub struct ChangeView {
    /// The number of the change.
    pub rev: i64,
    /// The event.
    pub id: Id<Event>,
    /// Its name everywhere.
    pub uid: String,
    /// What it is now; `None` if it is gone.
    pub event: Option<EventView>,
}

/// What others may show of an event.
#[derive(Clone, Debug)]
pub struct EventRefView {
    /// Id.
    pub id: Id<Event>,
    /// The calendar it is in.
    pub calendar: Id<Calendar>,
    /// What it is called.
    pub title: Option<String>,
    /// When it, or its first occurrence, begins; `None` for a task without a date.
    pub start: Option<EventTime>,
    /// When that ends.
    pub end: Option<EventTime>,
    /// Whether it repeats.
    pub repeats: bool,
}

impl EventRefView {
    /// The name of an occurrence in answers, by where the series began it.
    pub fn name_of(&self, original: i64) -> Option<String> {
        Some(self.start.as_ref()?.frame().time(original).name())
    }
}

/// Where the series began an occurrence, by its name in answers; `None` where that is no name.
pub fn place_of(name: &str) -> Option<i64> {
    EventTime::named(name).map(|time| time.micros())
}
