//! The agenda of the caller's days, and the layers the calendar brings to it.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use jiff::{civil::Date, tz::TimeZone};
use madang_domain::{
    calendar::{EventKind, EventTime, Window, Zone, errors, korea},
    shared::{Failure, Page, Position, Timestamp},
};
use uuid::Uuid;

use super::{
    queries::EventView,
    range::{self, RangeRequest, RangeService},
};
use crate::{
    identity::queries::AccountQueries,
    shared::{AgendaEntry, AgendaLayer, AgendaQuestion, AgendaTime, Caller},
};

/// Where the days are of somebody who says nothing.
const DEFAULT_ZONE: &str = "Asia/Seoul";

/// The layers clients know. Those that no capability brings yet are there, and empty.
const LAYERS: [&str; 6] = ["events", "tasks", "posts", "rentals", "orders", "ledger"];

/// Which days, and what of them.
#[derive(Clone, Debug)]
pub struct AgendaRequest {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
    /// The layers by name; the usual ones where empty.
    pub layers: Vec<String>,
    /// Whose clocks say when days are; those of the caller's profile where absent.
    pub zone: Option<Zone>,
    /// Only what comes after this place.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: u32,
}

/// Lays the layers on top of each other.
pub struct AgendaService {
    layers: Vec<Arc<dyn AgendaLayer>>,
    accounts: Arc<dyn AccountQueries>,
}

impl AgendaService {
    /// With the layers of all capabilities.
    pub fn new(layers: Vec<Arc<dyn AgendaLayer>>, accounts: Arc<dyn AccountQueries>) -> Self {
        Self { layers, accounts }
    }

    /// What lies on these days in the layers asked for, by its start; each entry with the name of
    /// its layer. The zone that days are in comes along.
    pub async fn list(
        &self,
        caller: &Caller,
        request: AgendaRequest,
    ) -> Result<(Page<(&'static str, AgendaEntry)>, TimeZone), Failure> {
        range::check(Window { from: request.from.micros(), to: request.to.micros() })?;
        let layers = self.chosen(&request.layers)?;
        let AgendaRequest { from, to, after, limit, .. } = request;
        let zone = match request.zone {
            Some(zone) => zone.to_string(),
            None => {
                let account = self.accounts.account(caller.user).await?;
                account.map_or_else(|| DEFAULT_ZONE.to_owned(), |account| account.time_zone)
            }
        };
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        let question = AgendaQuestion { from, to, zone, after, limit };
        let mut found = Vec::new();
        for layer in layers {
            let entries = layer.entries(caller, &question).await?;
            found.extend(entries.into_iter().map(|entry| (layer.name(), entry)));
        }
        found.sort_by_key(|(_, entry)| (entry.at.key, entry.at.id));
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = if more { found.last().map(|(_, entry)| entry.at) } else { None };
        Ok((Page { items: found, next }, question.zone))
    }

    fn chosen(&self, names: &[String]) -> Result<Vec<&Arc<dyn AgendaLayer>>, Failure> {
        let known: BTreeSet<&str> = self.layers.iter().map(|layer| layer.name()).chain(LAYERS).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name.as_str())) {
            let known = Vec::from_iter(known).join(", ");
            let refusal = errors::UNKNOWN_LAYER.with("layer", unknown).with("known", known);
            return Err(refusal.at("?layers").into());
        }
        let wanted = |layer: &&Arc<dyn AgendaLayer>| match names {
            // Whatever else there is has to be asked for.
            [] => LAYERS.contains(&layer.name()),
            names => names.iter().any(|name| name == layer.name()),
        };
        Ok(self.layers.iter().filter(wanted).collect())
    }
}

/// The events, or the tasks, of the calendars the caller sees.
pub struct OccurrenceLayer {
    name: &'static str,
    kind: EventKind,
    range: Arc<RangeService>,
}

impl OccurrenceLayer {
    /// The layer `events`.
    pub fn events(range: Arc<RangeService>) -> Self {
        Self { name: "events", kind: EventKind::Event, range }
    }

    /// The layer `tasks`.
    pub fn tasks(range: Arc<RangeService>) -> Self {
        Self { name: "tasks", kind: EventKind::Task, range }
    }
}

#[async_trait]
impl AgendaLayer for OccurrenceLayer {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn entries(&self, caller: &Caller, question: &AgendaQuestion) -> Result<Vec<AgendaEntry>, Failure> {
        let zone = Zone::restore(question.zone.iana_name().unwrap_or("UTC"));
        let request = RangeRequest {
            calendar: None,
            // The holidays are a layer of their own, subscribed to or not.
            except: Some(korea::CALENDAR),
            kind: Some(self.kind),
            from: question.from,
            to: question.to,
            zone: Some(zone.clone()),
            expand: true,
            limit: question.limit + 1,
            after: question.after,
        };
        let found = self.range.placed_list(caller, &request).await?;
        Ok(found.items.into_iter().filter_map(|(at, event)| entry(at, event, &zone)).collect())
    }
}

fn entry(at: Position, event: EventView, zone: &Zone) -> Option<AgendaEntry> {
    let time = match (event.start.as_ref()?, event.end.as_ref()?) {
        (EventTime::Date(first), EventTime::Date(after)) => AgendaTime::Days(*first, *after),
        (start, end) => AgendaTime::Instants(start.instant(zone), end.instant(zone)),
    };
    Some(AgendaEntry {
        at,
        id: event.id.uuid(),
        title: event.title,
        time,
        done: event.completed_at.is_some(),
        calendar: Some(event.calendar.uuid()),
        occurrence: event.occurrence.as_ref().map(EventTime::name),
    })
}

/// The public holidays of Korea, for everybody who asks for the layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct HolidayLayer;

#[async_trait]
impl AgendaLayer for HolidayLayer {
    fn name(&self) -> &'static str {
        "holidays"
    }

    async fn entries(&self, _: &Caller, question: &AgendaQuestion) -> Result<Vec<AgendaEntry>, Failure> {
        let (from, to) = question.days();
        let after = question.after.map(|after| (after.key, after.id));
        let days = korea::numbered_holidays(from.year()..=to.year());
        let days = days.filter(|(_, holiday)| from <= holiday.date && holiday.date < to);
        let entry = |(number, holiday): (u64, korea::Holiday)| {
            let day = holiday.date;
            let id = Uuid::from_u64_pair(day_number(day), number);
            let title = holiday.title();
            AgendaEntry {
                at: Position { key: question.start_of(day).micros(), id },
                id,
                title: Some(title),
                time: AgendaTime::Days(day, day.tomorrow().unwrap_or(day)),
                done: false,
                calendar: None,
                occurrence: None,
            }
        };
        let entries = days.map(entry);
        let behind = |entry: &AgendaEntry| after.is_none_or(|after| (entry.at.key, entry.at.id) > after);
        Ok(entries.filter(behind).take(question.limit as usize + 1).collect())
    }
}

/// `20261003` for 3 October 2026: the same number for the same day, always.
fn day_number(day: Date) -> u64 {
    let number = i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day());
    number.unsigned_abs()
}
