//! Keeping calendars and events, and listing what happens when.

pub mod calendars;
pub mod events;
pub mod free;
pub mod policy;
pub mod ports;
pub mod queries;
pub mod range;
pub mod subscribers;
pub mod transfer;

pub use calendars::{CalendarChange, CalendarService, NewCalendar};
pub use events::{EventChange, EventService, NewEvent};
pub use free::{BusyQueries, FreeTimeService};
pub use range::{RangeRequest, RangeService};
pub use subscribers::{CalendarEraser, DefaultCalendarMaker};
pub use transfer::{ImportReport, TransferService};
