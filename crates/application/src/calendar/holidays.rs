//! The public holidays of Korea as a calendar that anybody may subscribe to.

use std::sync::{Arc, OnceLock};

use madang_domain::{
    calendar::{
        Calendar, CalendarName, Color, Description, Details, Event, EventKind, EventStatus, EventTime,
        Length, Location, Recurrence, Timing, Title, Uid, Visibility, Zone, korea,
    },
    shared::{Id, Text, Timestamp},
};
use uuid::Uuid;

use super::{guestbook::Guestbook, links::Feed, ports::ICalendarText};

/// The last part of its address, where share links have their secret.
pub const KOREAN_HOLIDAYS: &str = "korean-holidays";

/// 1 January 2026, when what is known of the law was last looked at.
const LOOKED_AT: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// Makes the file once; it only changes with the program.
pub struct HolidayFeed {
    text: Arc<dyn ICalendarText>,
    made: OnceLock<Feed>,
}

impl HolidayFeed {
    /// With its port.
    pub fn new(text: Arc<dyn ICalendarText>) -> Self {
        Self { text, made: OnceLock::new() }
    }

    /// The feed.
    pub fn feed(&self) -> Feed {
        let made = self.made.get_or_init(|| {
            let events = events();
            let text = self.text.write(&calendar(), &events, &Guestbook::Closed, LOOKED_AT);
            let last = events.last().map_or_else(String::new, |event| event.uid.to_string());
            Feed { tag: format!("\"{KOREAN_HOLIDAYS}-{}-{}-{last}\"", events.len(), text.len()), text }
        });
        made.clone()
    }
}

/// Every holiday there is.
pub(super) fn events() -> Vec<Event> {
    korea::numbered_holidays(korea::holidays::YEARS)
        .map(|(number, holiday)| event(number, &holiday))
        .collect()
}

/// The calendar they are in.
pub(super) fn calendar() -> Calendar {
    Calendar {
        id: korea::CALENDAR,
        owner: korea::NOBODY,
        is_default: false,
        name: CalendarName::restore("대한민국 공휴일".to_owned()),
        description: Description::restore("공휴일과 대체공휴일".to_owned()),
        color: Color::restore("#c9372c".to_owned()),
        zone: Zone::restore("Asia/Seoul"),
        version: 1,
        created_at: LOOKED_AT,
        updated_at: LOOKED_AT,
    }
}

fn event(number: u64, holiday: &korea::Holiday) -> Event {
    let length = Length { days: 1, micros: 0 };
    let details = Details {
        title: Title::parse(&holiday.title()).ok(),
        description: Description::restore(String::new()),
        location: Location::restore(String::new()),
        status: EventStatus::Confirmed,
        visibility: Visibility::Public,
        // Who works on a holiday is not busy with it.
        blocks: false,
    };
    Event {
        id: Id::new(Uuid::nil()),
        calendar: korea::CALENDAR,
        uid: Uid::restore(format!("{}-{number}@{KOREAN_HOLIDAYS}.madang", holiday.date)),
        kind: EventKind::Event,
        details,
        timing: Some(Timing { start: EventTime::Date(holiday.date), length, end_zone: None }),
        recurrence: Recurrence::default(),
        overrides: Vec::new(),
        completed_at: None,
        sequence: 0,
        version: 1,
        created_at: LOOKED_AT,
        updated_at: LOOKED_AT,
        ical: None,
        alarms_of: None,
    }
}
