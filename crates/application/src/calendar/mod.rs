//! Keeping calendars and events, and listing what happens when.

pub mod agenda;
mod alarms;
pub mod calendars;
pub mod events;
pub mod export;
pub mod free;
pub mod guestbook;
pub mod holidays;
pub mod links;
pub mod members;
pub mod people;
mod people_views;
pub mod policy;
pub mod ports;
pub mod queries;
pub mod range;
pub mod reminders;
pub mod scopes;
pub mod subscribers;
mod tasks;
pub mod transfer;

pub use agenda::{AgendaRequest, AgendaService, HolidayLayer, OccurrenceLayer};
pub use calendars::{CalendarChange, CalendarService, NewCalendar};
pub use events::{EventChange, EventService, NewEvent};
pub use export::CalendarExport;
pub use free::{BusyQueries, FreeTimeService};
pub use holidays::HolidayFeed;
pub use links::{Feed, LinkService};
pub use members::{MemberService, ViewChange};
pub use people::{GuestService, JoinService, PeopleService, Seating};
pub use range::{Changes, RangeRequest, RangeService, Since};
pub use reminders::{ReminderRepository, ReminderService};
pub use scopes::Scope;
pub use subscribers::{CalendarEraser, DefaultCalendarMaker};
pub use transfer::{ImportReport, TransferService};
