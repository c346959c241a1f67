//! What happens between two instants.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use madang_domain::{
    calendar::{
        Calendar, Event, EventKind, EventTime, MemberRole, Occurrence, Window, Zone, errors,
        time::{DAY, WIDEST_OFFSET, resolve_floating},
    },
    shared::{Failure, Id, Page, Position, Timestamp, platform},
};
use uuid::Uuid;

use super::{
    people::PeopleService,
    queries::{
        CalendarQueries, ChangeView, EventView, OccurrenceView, People, PeopleOf, PeopleQueries, RangeView,
        Search, SeriesView,
    },
};
use crate::shared::Caller;

/// Longest range of one question, in days.
pub const MOST_DAYS: i64 = 400;

/// Most occurrences of one answer.
pub const MOST_ITEMS: u32 = 5_000;

/// A question for what happens.
#[derive(Clone, Debug)]
pub struct RangeRequest {
    /// In one calendar, or in all the caller sees.
    pub calendar: Option<Id<Calendar>>,
    /// But not in this one.
    pub except: Option<Id<Calendar>>,
    /// Only events, or only tasks.
    pub kind: Option<EventKind>,
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
    /// Where the viewer is, which says when days and floating times are; each calendar's home zone
    /// where absent.
    pub zone: Option<Zone>,
    /// Whether a series answers with its occurrences, or once as a whole.
    pub expand: bool,
    /// At most so many.
    pub limit: u32,
    /// Only what comes after this place.
    pub after: Option<Position>,
}

/// How far somebody has followed a calendar, and with whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// What they might do in it.
    pub role: MemberRole,
    /// The last change they know.
    pub rev: i64,
    /// The change up to which they need not hear what is gone: they never heard that it was there.
    pub gone: i64,
}

/// What changed in a calendar.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The changes, in their order.
    pub items: Vec<ChangeView>,
    /// Where the next question goes on.
    pub upto: Since,
    /// Whether there is more.
    pub more: bool,
}

/// An occurrence with its place in the answer.
struct Placed {
    at: Position,
    event: EventView,
}

/// Reads ranges and changes.
pub struct RangeService {
    queries: Arc<dyn CalendarQueries>,
    guests: Arc<dyn PeopleQueries>,
    people: Arc<PeopleService>,
}

impl RangeService {
    /// With its collaborators.
    pub fn new(
        queries: Arc<dyn CalendarQueries>,
        guests: Arc<dyn PeopleQueries>,
        people: Arc<PeopleService>,
    ) -> Self {
        Self { queries, guests, people }
    }

    /// Exactly the occurrences that overlap the range, by their start. What lasts no time belongs to
    /// the moment it begins.
    pub async fn list(&self, caller: &Caller, request: &RangeRequest) -> Result<Page<EventView>, Failure> {
        Ok(self.placed_list(caller, request).await?.map(|(_, event)| event))
    }

    /// The same, each with its place.
    pub async fn placed_list(
        &self,
        caller: &Caller,
        request: &RangeRequest,
    ) -> Result<Page<(Position, EventView)>, Failure> {
        let window = Window { from: request.from.micros(), to: request.to.micros() };
        check(window)?;
        let limit = if request.expand { request.limit } else { MOST_ITEMS };
        let after = if request.expand { request.after } else { None };
        let viewer = caller.user;
        let search = Search {
            viewer,
            calendar: request.calendar,
            except: request.except,
            kind: request.kind,
            window,
            after,
            limit,
        };
        let (mut found, people) = self.placed(&search, request.zone.as_ref(), window).await?;
        if !request.expand {
            found = self.whole_series(caller, found).await?;
        }
        if let Some(after) = request.after {
            found.retain(|placed| order(&placed.at) > order(&after));
        }
        let more = found.len() > request.limit as usize;
        found.truncate(request.limit as usize);
        let next = if more { found.last().map(|placed| placed.at) } else { None };
        let (places, mut items): (Vec<_>, Vec<EventView>) =
            found.into_iter().map(|placed| (placed.at, placed.event)).unzip();
        match people {
            Some(people) => self.people.fill_from(people, &mut items).await?,
            None => self.people.fill(viewer, &mut items).await?,
        }
        Ok(Page { items: places.into_iter().zip(items).collect(), next })
    }

    /// What changed in a calendar after the change `since`, at most `limit`, and whether there is
    /// more.
    pub async fn changes(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        since: Option<Since>,
        limit: u32,
    ) -> Result<Changes, Failure> {
        let view = self.queries.calendar(caller.user, calendar).await?.ok_or(platform::NOT_FOUND)?;
        // Another role sees other things: what it saw before is no base for what changes now.
        let usable = |since: Since| since.rev <= view.rev && since.role == view.my_role;
        if since.is_some_and(|since| !usable(since)) {
            return Err(errors::SYNC_TOKEN_STALE.into());
        }
        // Who starts from nothing need not hear what is gone; nor later on, of what was gone by now.
        let known = since.map_or((0, i64::MAX), |since| (since.rev, since.gone));
        let gone = since.map_or(view.rev, |since| since.gone);
        let mut changes = self.queries.changes(caller.user, calendar, known, limit).await?;
        let more = changes.len() > limit as usize;
        changes.truncate(limit as usize);
        // The token stands exactly at what was sent, and where that is all, at the state it was found in:
        // changes are seen in their order, so that nothing up to there can still turn up.
        let sent = changes.last().map_or(known.0, |last| last.rev);
        let rev = if more { sent } else { sent.max(view.rev) };
        let mut events: Vec<EventView> =
            changes.iter_mut().filter_map(|change| change.event.take()).collect();
        self.people.fill(caller.user, &mut events).await?;
        let mut events: HashMap<Id<Event>, EventView> =
            events.into_iter().map(|event| (event.id, event)).collect();
        for change in &mut changes {
            change.event = events.remove(&change.id);
        }
        Ok(Changes { items: changes, upto: Since { role: view.my_role, rev, gone }, more })
    }

    async fn placed(
        &self,
        search: &Search,
        zone: Option<&Zone>,
        window: Window,
    ) -> Result<(Vec<Placed>, Option<Vec<PeopleOf>>), Failure> {
        let RangeView { written, unwritten, people } =
            self.queries.range(search).await?.ok_or(platform::NOT_FOUND)?;
        let mut found: Vec<Placed> =
            written.into_iter().filter_map(|occurrence| place_written(occurrence, zone, window)).collect();
        for series in unwritten {
            found.extend(expand(&series, zone, window));
        }
        // Of what is found twice the first stays.
        let mut seen = HashSet::new();
        found.retain(|placed| seen.insert((placed.event.id, placed.at.id)));
        found.sort_by_key(|placed| order(&placed.at));
        Ok((found, people))
    }

    /// Each event once and as a whole, at the place of its first occurrence in the range.
    async fn whole_series(&self, caller: &Caller, mut found: Vec<Placed>) -> Result<Vec<Placed>, Failure> {
        let mut seen = HashSet::new();
        found.retain(|placed| seen.insert(placed.event.id));
        let series: Vec<Id<Event>> = found
            .iter()
            .filter(|placed| placed.event.occurrence.is_some())
            .map(|placed| placed.event.id)
            .collect();
        let mut whole = self.queries.events(caller.user, &series).await?;
        whole.extend(self.guests.guest_events(caller.user, &series).await?);
        let mut whole: HashMap<Id<Event>, EventView> =
            whole.into_iter().map(|event| (event.id, event)).collect();
        for placed in &mut found {
            if let Some(event) = whole.remove(&placed.event.id) {
                placed.event = event;
            }
        }
        Ok(found)
    }
}

/// Refuses a window that is reversed or longer than [`MOST_DAYS`].
pub(super) fn check(window: Window) -> Result<(), Failure> {
    if window.to <= window.from {
        return Err(errors::RANGE_REVERSED.at("?to").into());
    }
    if window.to.saturating_sub(window.from) > MOST_DAYS * DAY {
        return Err(errors::RANGE_TOO_LONG.with("days", MOST_DAYS).at("?to").into());
    }
    Ok(())
}

fn order(at: &Position) -> (i64, Uuid) {
    (at.key, at.id)
}

/// Floating candidates are looked at with the viewer's clock; the rest already is what it is.
fn place_written(occurrence: OccurrenceView, zone: Option<&Zone>, window: Window) -> Option<Placed> {
    let OccurrenceView { id, starts_at, ends_at, floats, zone: home, event } = occurrence;
    let (start, end) = instants(starts_at, ends_at, floats, zone.unwrap_or(&home));
    window.overlaps(start, end).then_some(Placed { at: Position { key: start, id }, event })
}

fn instants(start: i64, end: i64, floats: bool, viewer: &Zone) -> (i64, i64) {
    if floats { (resolve_floating(start, viewer), resolve_floating(end, viewer)) } else { (start, end) }
}

fn expand(series: &SeriesView, zone: Option<&Zone>, window: Window) -> Vec<Placed> {
    let viewer = zone.unwrap_or(&series.zone);
    let (occurrences, _) = series.event.occurrences(window.widened(WIDEST_OFFSET));
    let place = |occurrence: Occurrence| {
        let (start, end) = instants(occurrence.start, occurrence.end, occurrence.floats, viewer);
        let event = view(&series.event, Some(&occurrence))?.seen_by(series.role)?;
        let at = Position { key: start, id: occurrence.id(series.event.id) };
        window.overlaps(start, end).then_some(Placed { at, event })
    };
    occurrences.into_iter().filter_map(place).collect()
}

/// An event as its viewer sees it: as a whole, or one occurrence of it.
pub fn view(event: &Event, occurrence: Option<&Occurrence>) -> Option<EventView> {
    let differs = occurrence.and_then(|occurrence| event.overrides.get(occurrence.differs?));
    let (timing, details) = match differs {
        Some(differs) => (Some(&differs.timing), &differs.details),
        None => (event.timing.as_ref(), &event.details),
    };
    let (start, end) = match occurrence {
        Some(occurrence) => (Some(timing?.start.frame().time(occurrence.start)), Some(occurrence.end)),
        // What clocks show at the start stays as it was given, also where they never show it.
        None => (
            timing.map(|timing| timing.start.clone()),
            timing.map(|timing| timing.end_of(timing.start.micros())),
        ),
    };
    let end = timing
        .zip(end)
        .map(|(timing, end)| end_time(timing.end_zone.as_ref(), timing.start.frame().time(end), end));
    let original = match occurrence.filter(|_| event.repeats()) {
        Some(occurrence) => Some(event.timing.as_ref()?.start.frame().time(occurrence.original)),
        None => None,
    };
    Some(EventView {
        id: event.id,
        uid: event.uid.to_string(),
        calendar: event.calendar,
        kind: event.kind,
        title: details.title.as_ref().map(ToString::to_string),
        description: details.description.to_string(),
        location: details.location.to_string(),
        status: details.status,
        visibility: details.visibility,
        blocks: details.blocks,
        start,
        end,
        recurrence: event.recurrence.lines().to_vec(),
        occurrence: original,
        completed_at: event.completed_at,
        people: People::default(),
        sequence: event.sequence,
        version: event.version,
        created_at: event.created_at,
        updated_at: event.updated_at,
    })
}

/// The end in the zone it is told in.
pub fn end_time(end_zone: Option<&Zone>, end: EventTime, micros: i64) -> EventTime {
    match end_zone {
        Some(zone) => EventTime::at(Timestamp::from_micros(micros), zone),
        None => end,
    }
}
