//! Calendars, events and how they repeat.
//!
//! A [`Calendar`] is a named set of events with a home time zone. An [`Event`] happens once or
//! repeats by a [`Recurrence`] (RFC 5545); what a range answers are its [`Occurrence`]s. Local
//! times stay local until the last step: a weekly lesson at 20:00 in Seoul is 20:00 whatever the
//! offset, and only `Zone` turns that into an instant.

pub mod alarm;
pub mod calendars;
pub mod domain_events;
pub mod errors;
pub mod event;
pub mod free;
pub mod given;
pub mod korea;
pub mod names;
mod naming;
pub mod occurrence;
pub mod people;
pub mod recurrence;
pub mod reminder;
mod renamed;
pub mod series;
pub mod sharing;
mod shifting;
pub mod time;
pub mod zone;

pub use alarm::{Alarm, Trigger};
pub use calendars::{Calendar, LinkDetail, MemberRole, Place, ShareLink};
pub use event::{Details, Event, EventKind, EventStatus, Override, Timing, Visibility};
pub use given::{GivenTime, NewTimes};
pub use names::{CalendarName, Color, Description, LinkName, Location, Title, Uid};
pub use occurrence::{Materialised, Occurrence};
pub use people::{Answer, Door, Seat, Seats, Tie, gives_time};
pub use recurrence::{Expansion, Recurrence};
pub use reminder::{Reminder, Ring};
pub use series::Renaming;
pub use sharing::Tier;
pub use time::{EventTime, Frame, Length, Window};
pub use zone::Zone;
