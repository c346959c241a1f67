//! The agenda: one view of the days, made of layers that capabilities bring.

use async_trait::async_trait;
use jiff::{civil::Date, tz::TimeZone};
use madang_domain::shared::{Failure, Position, Timestamp};
use uuid::Uuid;

use super::Caller;

/// One sort of thing that lies on days. Every layer keeps its own rule of who sees what.
#[async_trait]
pub trait AgendaLayer: Send + Sync + 'static {
    /// What clients call it.
    fn name(&self) -> &'static str;

    /// What of it overlaps the stretch and comes after [`AgendaQuestion::after`], by place, at least
    /// one more than [`AgendaQuestion::limit`] if there are so many.
    async fn entries(&self, caller: &Caller, question: &AgendaQuestion) -> Result<Vec<AgendaEntry>, Failure>;
}

/// What an agenda is asked for.
#[derive(Clone, Debug)]
pub struct AgendaQuestion {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
    /// Whose clocks say when days are.
    pub zone: TimeZone,
    /// Only what comes after this place.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: u32,
}

impl AgendaQuestion {
    /// The first day that overlaps the stretch, and the first that does not any more.
    pub fn days(&self) -> (Date, Date) {
        let day = |instant: Timestamp| self.zone.to_datetime(instant.into()).date();
        let last = day(Timestamp::from_micros(self.to.micros() - 1));
        (day(self.from), last.tomorrow().unwrap_or(last))
    }

    /// The instant at which a day begins there.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let start = self.zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible();
        start.map_or(self.from, Timestamp::from)
    }
}

/// When an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgendaTime {
    /// From a day to the day after its last.
    Days(Date, Date),
    /// From an instant to another.
    Instants(Timestamp, Timestamp),
}

/// Something on the agenda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgendaEntry {
    /// Its place: where it begins, and an id of its own among all entries.
    pub at: Position,
    /// The thing it is about, within its layer.
    pub id: Uuid,
    /// What it is called.
    pub title: Option<String>,
    /// When it is.
    pub time: AgendaTime,
    /// Whether it is a task that was done.
    pub done: bool,
    /// The calendar it is in, where it is in one.
    pub calendar: Option<Uuid>,
    /// Which occurrence of a series it is, where it is one.
    pub occurrence: Option<String>,
}
