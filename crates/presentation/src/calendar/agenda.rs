//! The agenda: one view over everything that lies on days.

use std::sync::Arc;

use madang_application::{
    calendar::{AgendaRequest, AgendaService},
    shared::{AgendaEntry, AgendaTime},
};
use madang_domain::{
    calendar::{self, Zone},
    shared::{Id, Page, Timestamp, platform},
};
use poem::Request;
use poem_openapi::{Object, OpenApi, param::Query};
use serde::Serialize;
use uuid::Uuid;

use super::{Tag, moment::EventMoment};
use crate::http::{Answer, Auth, Ident, Instant, Listing, Outcome, Pages, Problem, ZoneName};

/// Something on the agenda.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct AgendaItem {
    /// The layer it is from: `events`, `tasks`, `posts` and whatever else there is.
    pub layer: String,
    /// The id of the event, task or post; occurrences of a series share it.
    pub id: Ident<Uuid>,
    /// What it is called; of a post without a title, its first line.
    pub title: Option<String>,
    /// When it begins.
    pub start: EventMoment,
    /// When it ends, exclusive.
    pub end: EventMoment,
    /// Whether it is about whole days.
    pub all_day: bool,
    /// Whether it is a task that was done.
    pub done: bool,
    /// The calendar of an event or a task; null for whatever is in none.
    pub calendar_id: Option<Ident<calendar::Calendar>>,
    /// Which occurrence of a series this is: the start the series gave it.
    pub occurrence: Option<String>,
}

/// Operations on the agenda.
pub struct AgendaApi {
    agenda: Arc<AgendaService>,
}

impl AgendaApi {
    /// Wires it.
    pub fn new(agenda: Arc<AgendaService>) -> Self {
        Self { agenda }
    }
}

#[OpenApi(tag = "Tag::Events")]
impl AgendaApi {
    /// Show my agenda
    ///
    /// Everything that overlaps the range in one list, by its start. Each layer shows what the caller
    /// may see of it; `posts` are those that the caller and people they follow put on a day.
    ///
    /// Errors: `calendar.range_too_long`, `calendar.range_reversed`, `calendar.unknown_layer`.
    #[oai(path = "/v1/agenda", method = "get", operation_id = "listAgenda")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the operation")]
    async fn list(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// First instant of the range.
        from: Query<Option<Instant>>,
        /// First instant after the range, at most 400 days later.
        to: Query<Option<Instant>>,
        /// The layers, separated by commas, such as `events,tasks,posts`, or each by itself. Unless given:
        /// `events,tasks,posts,rentals,orders,ledger`. `holidays` are there for whoever names them.
        layers: Query<Option<Vec<String>>>,
        /// Whose clocks say when days are; those of the caller's profile unless given.
        #[oai(name = "timeZone")]
        zone: Query<Option<ZoneName>>,
        /// How many at most, 1 to 100; 100 unless given.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<AgendaItem>>> {
        let missing = |name: &str| Problem::from(platform::REQUIRED.at(format!("?{name}")));
        let from = from.0.ok_or_else(|| missing("from"))?.0;
        let to = to.0.ok_or_else(|| missing("to"))?.0;
        let layers: Vec<String> = layers
            .0
            .iter()
            .flatten()
            .flat_map(|text| text.split(','))
            .map(|name| name.trim().to_owned())
            .collect();
        let zone = zone.0.map(|zone| Zone::restore(&zone.0));
        let scope = format!(
            "agenda {} {from} {to} {} {}",
            caller.user,
            layers.join(","),
            zone.as_ref().map_or("", Zone::name)
        );
        let pages = Pages::read(request, scope, limit.0, cursor.0, 100)?;
        let page = pages.request();
        let wanted = AgendaRequest { from, to, layers, zone, after: page.after, limit: page.limit };
        let (found, zone) = self.agenda.list(&caller, wanted).await?;
        let zone = zone.iana_name().unwrap_or("UTC").to_owned();
        let Page { items, next } = found;
        let items = items.into_iter().map(|(layer, entry)| item(layer, entry, &zone)).collect::<Vec<_>>();
        Ok(pages.answer(Page { items, next }))
    }
}

fn item(layer: &str, entry: AgendaEntry, zone: &str) -> AgendaItem {
    let day = |date: jiff::civil::Date| EventMoment {
        date: Some(date.to_string()),
        date_time: None,
        time_zone: None,
    };
    let time = |instant: Timestamp| EventMoment {
        date: None,
        date_time: Some(instant.to_string()),
        time_zone: Some(zone.to_owned()),
    };
    let (start, end) = match entry.time {
        AgendaTime::Days(first, after) => (day(first), day(after)),
        AgendaTime::Instants(start, end) => (time(start), time(end)),
    };
    AgendaItem {
        layer: layer.to_owned(),
        id: Id::<Uuid>::new(entry.id).into(),
        title: entry.title,
        all_day: start.date.is_some(),
        start,
        end,
        done: entry.done,
        calendar_id: entry.calendar.map(|id| Id::<calendar::Calendar>::new(id).into()),
        occurrence: entry.occurrence,
    }
}
