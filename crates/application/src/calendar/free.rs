//! Free time of many people, as far as the asker may learn it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        MemberRole, Window, Zone,
        free::{self, Slot, SlotSearch},
        time::{WIDEST_OFFSET, resolve_floating},
    },
    shared::{Failure, UserId},
};

use super::{policy, queries::SeriesView};
use crate::shared::Caller;

/// Reads when people are busy; never what with.
#[async_trait]
pub trait BusyQueries: Send + Sync + 'static {
    /// Everybody's written-down busy stretches that may overlap the window, in one statement. A
    /// calendar with nothing to tell is there once, without a stretch.
    async fn busy(&self, search: &BusySearch) -> anyhow::Result<Vec<BusyView>>;

    /// The series of these calendars that are not written down for all of the window.
    async fn busy_series(&self, search: &BusySearch) -> anyhow::Result<Vec<(UserId, SeriesView)>>;
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

/// A stretch of somebody's time.
#[derive(Clone, Debug)]
pub struct BusyView {
    /// Whose.
    pub owner: UserId,
    /// From when to when, on the line of its frame; `None` only says that the calendar is known.
    pub stretch: Option<Window>,
    /// Whether the stretch is digits, which mean an instant in `zone`.
    pub floats: bool,
    /// The home zone of the calendar, where its owner's days are, if `floats`.
    pub zone: String,
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
        let mut zones: HashMap<String, Zone> = HashMap::new();
        for row in self.queries.busy(&search).await? {
            let known = stretches.entry(row.owner).or_default();
            let Some(stretch) = row.stretch else { continue };
            if row.floats {
                let zone = zones.entry(row.zone).or_insert_with_key(|name| Zone::restore(name));
                known.push(settled(stretch, zone));
            } else {
                known.push(stretch);
            }
        }
        for (owner, series) in self.queries.busy_series(&search).await? {
            stretches.entry(owner).or_default().extend(expanded(&series, window));
        }
        let person = |user| {
            let found = stretches.remove(&user);
            let known = found.is_some();
            PersonBusy { user, known, busy: within(found.unwrap_or_default(), window) }
        };
        Ok(search.owners.into_iter().map(person).collect())
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

fn expanded(series: &SeriesView, window: Window) -> Vec<Window> {
    let (occurrences, _) = series.event.occurrences(window.widened(WIDEST_OFFSET));
    let blocking = occurrences.iter().filter(|occurrence| series.event.blocks_at(occurrence));
    let stretch = |occurrence: &madang_domain::calendar::Occurrence| {
        let stretch = Window { from: occurrence.start, to: occurrence.end };
        if occurrence.floats { settled(stretch, &series.zone) } else { stretch }
    };
    blocking.map(stretch).collect()
}

/// The parts of the stretches within the window, as few as possible.
fn within(stretches: Vec<Window>, window: Window) -> Vec<Window> {
    let cut = |stretch: Window| Window { from: stretch.from.max(window.from), to: stretch.to.min(window.to) };
    free::merged(stretches.into_iter().map(cut).collect())
}
