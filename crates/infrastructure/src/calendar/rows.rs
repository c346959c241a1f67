//! Rows, and how they become events.

use madang_application::calendar::{
    queries::{EventView, People},
    range::end_time,
};
use madang_domain::{
    calendar::{
        Description, Details, Event, EventKind, EventStatus, EventTime, Frame, Length, Location, Override,
        Recurrence, Timing, Title, Uid, Visibility, Zone,
        recurrence::values::{self, Written},
    },
    shared::{Id, Timestamp},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The columns of an [`EventRow`], of `calendar_objects o`.
pub(super) const EVENT: &str = "o.id, o.calendar_id, o.uid, o.kind, o.title, o.description, o.location, \
     o.status, o.visibility, o.frame, o.time_zone, o.end_zone, o.begins, o.length_days, o.length_micros, \
     o.recurrence, o.repeats, o.blocks, o.completed_at, o.sequence, o.version, o.created_at, o.updated_at";

/// The columns of an [`OverrideRow`], of `calendar_overrides v`.
pub(super) const OVERRIDE: &str = "v.object_id, v.original_at, v.title, v.description, v.location, v.status, \
     v.visibility, v.blocks, v.frame, v.time_zone, v.end_zone, v.begins, v.length_days, v.length_micros";

#[derive(Debug, FromQueryResult)]
pub(super) struct EventRow {
    pub(super) id: Uuid,
    pub(super) calendar_id: Uuid,
    pub(super) uid: String,
    kind: String,
    title: Option<String>,
    description: String,
    location: String,
    status: String,
    visibility: String,
    frame: Option<String>,
    time_zone: Option<String>,
    end_zone: Option<String>,
    begins: Option<String>,
    length_days: i64,
    length_micros: i64,
    recurrence: String,
    pub(super) repeats: bool,
    blocks: bool,
    completed_at: Option<i64>,
    sequence: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

/// The verbatim text, read only where it is needed.
#[derive(FromQueryResult)]
pub(super) struct TextRow {
    pub(super) id: Uuid,
    pub(super) ical: Option<String>,
    pub(super) alarms_of: Option<Uuid>,
}

#[derive(FromQueryResult)]
pub(super) struct OverrideRow {
    pub(super) object_id: Uuid,
    original_at: i64,
    title: Option<String>,
    description: String,
    location: String,
    status: String,
    visibility: String,
    blocks: bool,
    frame: String,
    time_zone: Option<String>,
    end_zone: Option<String>,
    begins: String,
    length_days: i64,
    length_micros: i64,
}

/// The name of a frame in storage.
pub(super) fn frame_name(frame: &Frame) -> &'static str {
    match frame {
        Frame::Date => "date",
        Frame::Floating => "floating",
        Frame::Zoned(_) => "zoned",
    }
}

pub(super) fn frame(name: &str, zone: Option<&str>) -> Frame {
    match name {
        "date" => Frame::Date,
        "floating" => Frame::Floating,
        _ => Frame::Zoned(Zone::restore(zone.unwrap_or("UTC"))),
    }
}

/// The start as it was given: what clocks show, which an instant alone would not tell.
fn start(frame: &Frame, text: &str) -> Option<EventTime> {
    let civil = match values::written(text)? {
        Written::Date(date) => return Some(EventTime::Date(date)),
        Written::Local(local) => local,
        Written::Utc(instant) => Zone::utc().local(instant),
    };
    Some(match frame {
        Frame::Date => EventTime::Date(civil.date()),
        Frame::Floating => EventTime::Floating(civil),
        Frame::Zoned(zone) => EventTime::Zoned(civil, zone.clone()),
    })
}

/// The text [`start`] reads.
pub(super) fn start_text(start: &EventTime) -> String {
    match start {
        EventTime::Date(date) => values::write_date(*date),
        EventTime::Floating(local) | EventTime::Zoned(local, _) => values::write_local(*local),
    }
}

impl EventRow {
    pub(super) fn frame(&self) -> Option<Frame> {
        Some(frame(self.frame.as_deref()?, self.time_zone.as_deref()))
    }

    fn timing(&self) -> Option<Timing> {
        Some(Timing {
            start: start(&self.frame()?, self.begins.as_deref()?)?,
            length: Length { days: self.length_days, micros: self.length_micros },
            end_zone: self.end_zone(),
        })
    }

    pub(super) fn end_zone(&self) -> Option<Zone> {
        self.end_zone.as_deref().map(Zone::restore)
    }

    /// The whole event.
    pub(super) fn event(self, overrides: Vec<Override>, text: Option<TextRow>) -> Event {
        let alarms_of = text.as_ref().and_then(|text| text.alarms_of).map(Id::new);
        Event {
            timing: self.timing(),
            id: Id::new(self.id),
            calendar: Id::new(self.calendar_id),
            uid: Uid::restore(self.uid),
            kind: EventKind::parse(&self.kind).unwrap_or(EventKind::Other),
            details: details(
                self.title,
                self.description,
                self.location,
                &self.status,
                &self.visibility,
                self.blocks,
            ),
            recurrence: Recurrence::restore(lines(&self.recurrence)),
            overrides,
            completed_at: self.completed_at.map(Timestamp::from_micros),
            sequence: self.sequence,
            version: self.version,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            ical: text.and_then(|text| text.ical),
            alarms_of,
        }
    }

    /// The event as a whole; `None` for what is only kept for export.
    pub(super) fn view(self) -> Option<EventView> {
        let kind = EventKind::parse(&self.kind)?;
        let timing = self.timing();
        if timing.is_none() && kind != EventKind::Task {
            return None;
        }
        let end = timing.as_ref().map(|timing| {
            let end = timing.end_of(timing.start.micros());
            end_time(timing.end_zone.as_ref(), timing.start.frame().time(end), end)
        });
        Some(EventView {
            start: timing.map(|timing| timing.start),
            end,
            id: Id::new(self.id),
            uid: self.uid,
            calendar: Id::new(self.calendar_id),
            kind,
            title: self.title,
            description: self.description,
            location: self.location,
            status: EventStatus::parse(&self.status)?,
            visibility: Visibility::parse(&self.visibility)?,
            blocks: self.blocks,
            recurrence: lines(&self.recurrence),
            occurrence: None,
            completed_at: self.completed_at.map(Timestamp::from_micros),
            people: People::default(),
            sequence: self.sequence,
            version: self.version,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        })
    }
}

impl OverrideRow {
    pub(super) fn into_override(self) -> Option<Override> {
        let frame = frame(&self.frame, self.time_zone.as_deref());
        Some(Override {
            original: self.original_at,
            timing: Timing {
                start: start(&frame, &self.begins)?,
                length: Length { days: self.length_days, micros: self.length_micros },
                end_zone: self.end_zone.as_deref().map(Zone::restore),
            },
            details: details(
                self.title,
                self.description,
                self.location,
                &self.status,
                &self.visibility,
                self.blocks,
            ),
        })
    }
}

fn details(
    title: Option<String>,
    description: String,
    location: String,
    status: &str,
    visibility: &str,
    blocks: bool,
) -> Details {
    Details {
        title: title.map(Title::restore),
        description: Description::restore(description),
        location: Location::restore(location),
        status: EventStatus::parse(status).unwrap_or(EventStatus::Confirmed),
        // What cannot be read is not shown around.
        visibility: Visibility::parse(visibility).unwrap_or(Visibility::Private),
        blocks,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
