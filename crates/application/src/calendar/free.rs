//! Free time of many people, as far as the asker may learn it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        Answer, Event, MemberRole, Occurrence, Seat, Window, Zone,
        free::{self, Slot, SlotSearch},
        gives_time,
        time::{WIDEST_OFFSET, resolve_floating},
    },
    shared::{Failure, Id, UserId},
};

use super::policy;
use crate::shared::Caller;

/// Reads when people are busy; never what with.
#[async_trait]
pub trait BusyQueries: Send + Sync + 'static {
    /// Everybody's written-down busy stretches that may overlap the window, and the series that are not
    /// written down for all of it, in one statement. A calendar with nothing to tell is there once.
    async fn busy(&self, search: &BusySearch) -> anyhow::Result<Vec<BusyView>>;

    /// These series.
    async fn busy_series(&self, series: &[Id<Event>]) -> anyhow::Result<Vec<Event>>;

    /// Who of these people gives their time to which occurrences of these series.
    async fn comings(&self, series: &[Id<Event>], people: &[UserId]) -> anyhow::Result<Vec<ComingView>>;
}

/// Whose time, when, and who asks.
#[derive(Clone, Debug)]
pub struct BusySearch {
    /// Who asks.
    pub viewer: UserId,
    /// Only through calendars in which the asker has one of these roles.
    pub roles: Vec<MemberRole>,
    /// Whose calendars.
    pub owners: Vec<UserId>,
    /// Instants, in microseconds.
    pub window: Window,
}

/// Something about somebody's time.
#[derive(Clone, Debug)]
pub struct BusyView {
    /// Whose.
    pub owner: UserId,
    /// The home zone of the calendar, where its owner's days are, if `time` needs one.
    pub zone: String,
    /// What it is.
    pub time: BusyTime,
}

/// What is known of somebody's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusyTime {
    /// That the asker may learn it.
    Known,
    /// A stretch of instants.
    Stretch(Window),
    /// A stretch of digits, which mean instants in the zone.
    Floating(Window),
    /// A series of theirs whose occurrences are to be found out.
    Series(Id<Event>),
    /// The same of a series of somebody else, who expects them at some of them.
    Coming(Id<Event>),
}

/// What somebody said to a series, or to one occurrence, or has there.
#[derive(Clone, Copy, Debug)]
pub struct ComingView {
    /// The series.
    pub series: Id<Event>,
    /// Who.
    pub user: UserId,
    /// The occurrence by where the series began it; all that are not named if `None`.
    pub original: Option<i64>,
    /// What they said, if they did.
    pub answer: Option<Answer>,
    /// What they have, if they came.
    pub seat: Option<Seat>,
}

/// When one person is busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonBusy {
    /// Who.
    pub user: UserId,
    /// Whether the asker may learn anything. `false` for strangers and for ids of nobody alike.
    pub known: bool,
    /// The busy stretches within the window, ascending, none touching another.
    pub busy: Vec<Window>,
}

/// The times everybody has, and those of whom nothing is known.
#[derive(Clone, Debug)]
pub struct FreeSlots {
    /// Best first.
    pub slots: Vec<Slot>,
    /// Who was not taken into account, because the asker may not learn their times.
    pub unknown: Vec<UserId>,
}

/// Finds out when people are busy, and when they are not.
pub struct FreeTimeService {
    queries: Arc<dyn BusyQueries>,
}

impl FreeTimeService {
    /// With its collaborators.
    pub fn new(queries: Arc<dyn BusyQueries>) -> Self {
        Self { queries }
    }

    /// When these people are busy, in the order asked; somebody named twice is answered once.
    pub async fn busy(
        &self,
        caller: &Caller,
        users: &[UserId],
        window: Window,
    ) -> Result<Vec<PersonBusy>, Failure> {
        free::check_window(window)?;
        let mut seen = HashSet::new();
        let owners: Vec<UserId> = users.iter().copied().filter(|user| seen.insert(*user)).collect();
        let roles = MemberRole::ALL.into_iter().filter(|role| policy::may_learn_times(*role)).collect();
        let search = BusySearch { viewer: caller.user, roles, owners, window };
        let mut stretches: HashMap<UserId, Vec<Window>> = HashMap::new();
        let mut zones = Zones::default();
        let mut series = Vec::new();
        for row in self.queries.busy(&search).await? {
            let known = stretches.entry(row.owner).or_default();
            match row.time {
                BusyTime::Known => {}
                BusyTime::Stretch(stretch) => known.push(stretch),
                BusyTime::Floating(stretch) => known.push(settled(stretch, zones.named(&row.zone))),
                BusyTime::Series(_) | BusyTime::Coming(_) => series.push(row),
            }
        }
        for (owner, more) in self.expanded(&series, &mut zones, window).await? {
            stretches.entry(owner).or_default().extend(more);
        }
        let person = |user| {
            let found = stretches.remove(&user);
            let known = found.is_some();
            PersonBusy { user, known, busy: within(found.unwrap_or_default(), window) }
        };
        Ok(search.owners.into_iter().map(person).collect())
    }

    /// The stretches of series that are not written down, as each person takes part in them.
    async fn expanded(
        &self,
        rows: &[BusyView],
        zones: &mut Zones,
        window: Window,
    ) -> Result<Vec<(UserId, Vec<Window>)>, Failure> {
        let ids: HashSet<Id<Event>> = rows.iter().filter_map(|row| row.time.series()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.queries.busy_series(&ids.into_iter().collect::<Vec<_>>()).await?;
        let found: HashMap<Id<Event>, Event> = found.into_iter().map(|event| (event.id, event)).collect();
        let guests = Guests::of(&*self.queries, rows).await?;
        let expand = |row: &BusyView| {
            let event = found.get(&row.time.series()?)?;
            let comes = |original| {
                !matches!(row.time, BusyTime::Coming(_)) || guests.comes(row.owner, event.id, original)
            };
            Some((row.owner, expanded(event, zones.named(&row.zone), window, comes)))
        };
        Ok(rows.iter().filter_map(expand).collect())
    }

    /// The times at which all of these people are free, best first, at most `limit`.
    pub async fn slots(
        &self,
        caller: &Caller,
        users: &[UserId],
        search: SlotSearch,
        limit: usize,
    ) -> Result<FreeSlots, Failure> {
        let people = self.busy(caller, users, search.window).await?;
        let unknown = people.iter().filter(|person| !person.known).map(|person| person.user).collect();
        let busy: Vec<Window> = people.into_iter().flat_map(|person| person.busy).collect();
        let mut slots = free::slots(&search, &busy);
        slots.truncate(limit);
        Ok(FreeSlots { slots, unknown })
    }
}

/// Digits as the instants they mean in a zone.
fn settled(stretch: Window, zone: &Zone) -> Window {
    Window { from: resolve_floating(stretch.from, zone), to: resolve_floating(stretch.to, zone) }
}

/// When the occurrences take up time that somebody comes to.
fn expanded(event: &Event, zone: &Zone, window: Window, comes: impl Fn(i64) -> bool) -> Vec<Window> {
    let (occurrences, _) = event.occurrences(window.widened(WIDEST_OFFSET));
    let blocking =
        occurrences.iter().filter(|occurrence| event.blocks_at(occurrence) && comes(occurrence.original));
    let stretch = |occurrence: &Occurrence| {
        let stretch = Window { from: occurrence.start, to: occurrence.end };
        if occurrence.floats { settled(stretch, zone) } else { stretch }
    };
    blocking.map(stretch).collect()
}

impl BusyTime {
    fn series(self) -> Option<Id<Event>> {
        match self {
            Self::Series(id) | Self::Coming(id) => Some(id),
            Self::Known | Self::Stretch(_) | Self::Floating(_) => None,
        }
    }
}

/// Zones by their names, each looked up once.
#[derive(Default)]
struct Zones(HashMap<String, Zone>);

impl Zones {
    fn named(&mut self, name: &str) -> &Zone {
        self.0.entry(name.to_owned()).or_insert_with_key(|name| Zone::restore(name))
    }
}

/// Somebody, a series, and one occurrence of it or all that are not named.
type Guest = (UserId, Id<Event>, Option<i64>);

/// What people said to series of others, and what they have there.
#[derive(Default)]
struct Guests(HashMap<Guest, (Option<Answer>, Option<Seat>)>);

impl Guests {
    async fn of(queries: &dyn BusyQueries, rows: &[BusyView]) -> Result<Self, Failure> {
        let (mut series, mut people) = (HashSet::new(), HashSet::new());
        for row in rows {
            if let BusyTime::Coming(id) = row.time {
                series.insert(id);
                people.insert(row.owner);
            }
        }
        let mut guests = Self::default();
        if series.is_empty() {
            return Ok(guests);
        }
        let (series, people) = (Vec::from_iter(series), Vec::from_iter(people));
        for row in queries.comings(&series, &people).await? {
            let said = guests.0.entry((row.user, row.series, row.original)).or_default();
            said.0 = said.0.or(row.answer);
            said.1 = said.1.or(row.seat);
        }
        Ok(guests)
    }

    fn comes(&self, user: UserId, series: Id<Event>, original: i64) -> bool {
        let said = |original| self.0.get(&(user, series, original)).copied().unwrap_or_default();
        let (own, seat) = said(Some(original));
        let answer = own.or(said(None).0).unwrap_or(Answer::NeedsAction);
        gives_time(answer, seat)
    }
}

/// The parts of the stretches within the window, as few as possible.
fn within(stretches: Vec<Window>, window: Window) -> Vec<Window> {
    let cut = |stretch: Window| Window { from: stretch.from.max(window.from), to: stretch.to.min(window.to) };
    free::merged(stretches.into_iter().map(cut).collect())
}
