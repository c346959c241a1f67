//! Calendars, events and their occurrences in SQL, and the iCalendar text form.

mod bulk;
mod free;
mod guests;
pub mod ical;
mod invitations;
mod people;
mod queries;
mod repository;
mod rows;
mod saving;
mod search;
mod sharing;

pub use ical::ICalendarAdapter;
pub use search::SearchIndexer;
