//! What the calendar announces.

use serde::{Deserialize, Serialize};

use super::{Calendar, Event};
use crate::shared::{DomainEvent, Id, UserId};

/// An event was made, by hand and not by an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventCreated {
    /// The event.
    pub event: Id<Event>,
    /// The calendar it is in.
    pub calendar: Id<Calendar>,
    /// Who made it.
    pub by: UserId,
}

impl DomainEvent for EventCreated {
    const NAME: &'static str = "calendar.event_created";
}

/// An event was deleted; what refers to it may let go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDeleted {
    /// The event that was.
    pub event: Id<Event>,
    /// The calendar it was in.
    pub calendar: Id<Calendar>,
}

impl DomainEvent for EventDeleted {
    const NAME: &'static str = "calendar.event_deleted";
}

/// A calendar was deleted with everything in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarDeleted {
    /// The calendar that was.
    pub calendar: Id<Calendar>,
}

impl DomainEvent for CalendarDeleted {
    const NAME: &'static str = "calendar.calendar_deleted";
}

/// A calendar was opened to somebody, or their role in it changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarShared {
    /// The calendar.
    pub calendar: Id<Calendar>,
    /// Who may enter it now.
    pub with: UserId,
    /// Who opened it.
    pub by: UserId,
    /// `freeBusy`, `reader`, `writer` or `owner`.
    pub role: String,
}

impl DomainEvent for CalendarShared {
    const NAME: &'static str = "calendar.calendar_shared";
}

/// Somebody left a calendar, or was taken out of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarLeft {
    /// The calendar.
    pub calendar: Id<Calendar>,
    /// Who is out.
    pub user: UserId,
}

impl DomainEvent for CalendarLeft {
    const NAME: &'static str = "calendar.calendar_left";
}
