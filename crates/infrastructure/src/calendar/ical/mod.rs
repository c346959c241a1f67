//! iCalendar text (RFC 5545): files in, files out, nothing lost on the way.
//!
//! The text is kept line by line (`lines`), so that warnings can name the line, and what we do not
//! understand goes out as it came in. Only the names of foreign time zones are looked up in calcard.

mod alarms;
mod amend;
mod component;
mod cuts;
mod lines;
mod lunar;
mod people;
mod ranges;
mod read;
mod timezone;
mod write;
mod zones;

use std::collections::BTreeSet;

use async_trait::async_trait;
use madang_application::calendar::{
    guestbook::{Guestbook, OwnAlarms},
    ports::{ICalendarText, ReadFile},
};
use madang_domain::{
    calendar::{Calendar, Event, Reminder, Zone, errors},
    shared::{Refusal, Timestamp},
};

/// The program's own reader and writer of iCalendar.
#[derive(Clone, Copy, Debug, Default)]
pub struct ICalendarAdapter;

#[async_trait]
impl ICalendarText for ICalendarAdapter {
    async fn read(&self, file: Vec<u8>, now: Timestamp) -> Result<ReadFile, Refusal> {
        // A large file takes longer than a worker thread of the runtime may be held.
        let read = tokio::task::spawn_blocking(move || read::file(&file, now)).await;
        read.unwrap_or_else(|_| Err(errors::UNREADABLE_FILE.into()))
    }

    fn write(&self, calendar: &Calendar, events: &[Event], people: &Guestbook, now: Timestamp) -> String {
        write::calendar(calendar, events, people, now)
    }

    fn components(&self, event: &Event) -> String {
        write::plain(event)
    }

    fn branch(&self, rest: &Event, text: &str) -> String {
        amend::renamed(rest, text)
    }

    fn personal(&self, event: &Event, alarms: &OwnAlarms) -> String {
        alarms::personal(&write::plain(event), event, alarms)
    }

    fn alarms(&self, event: &Event, home: &Zone) -> BTreeSet<Reminder> {
        alarms::asked(event, home)
    }

    fn same(&self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        let plain = |text: &str| alarms::without_ours(&people::without_ours(text));
        plain(one) == plain(other)
    }
}
