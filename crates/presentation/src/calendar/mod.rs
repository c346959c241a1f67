//! Calendars and Events over HTTP.

pub mod agenda;
mod calendars;
pub mod dto;
mod events;
mod file;
pub mod free;
mod input;
mod moment;
pub mod people;
mod sharing;
pub mod sharing_dto;
mod system;
mod token;
mod transfer;

pub use agenda::AgendaApi;
pub use calendars::CalendarsApi;
pub use events::EventsApi;
pub use free::FreeTimeApi;
pub use people::PeopleApi;
pub use sharing::SharingApi;
pub use system::SystemCalendarsApi;
pub use transfer::TransferApi;

use poem_openapi::Tags;

/// Where the operations of the calendar stand in the document.
#[derive(Tags)]
pub enum Tag {
    /// Calendars: sets of events with a home time zone, in and out as files.
    Calendars,
    /// Events and tasks, and when they happen.
    Events,
}
