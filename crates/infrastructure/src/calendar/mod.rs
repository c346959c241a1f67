//! Calendars, events and their occurrences in SQL, and the iCalendar text form.

mod attendees;
mod bulk;
mod free;
mod guests;
pub mod ical;
mod invitations;
mod lanes;
mod occurrences;
mod people;
mod people_changes;
#[cfg(test)]
mod plans;
mod queries;
mod reminders;
mod repository;
mod rows;
mod saving;
mod search;
mod sharing;
mod turns;
pub(crate) mod visibility;

pub use ical::ICalendarAdapter;
pub use reminders::BellRinger;
pub use search::SearchIndexer;
pub use turns::EventTurns;
