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

/// Somebody was invited to an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestInvited {
    /// The event.
    pub event: Id<Event>,
    /// Who is invited.
    pub guest: UserId,
    /// Who invited them.
    pub by: UserId,
    /// When, in microseconds: tells a second invitation from the first.
    pub at: i64,
}

impl DomainEvent for GuestInvited {
    const NAME: &'static str = "calendar.guest_invited";
}

/// Somebody answered an invitation, or thought better of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestAnswered {
    /// The event.
    pub event: Id<Event>,
    /// The occurrence, by where its series began it; `None` for all.
    pub occurrence: Option<i64>,
    /// Who answered.
    pub guest: UserId,
    /// Who organizes the event.
    pub organizer: UserId,
    /// `accepted`, `declined` or `tentative`.
    pub status: String,
    /// When, in microseconds.
    pub at: i64,
}

impl DomainEvent for GuestAnswered {
    const NAME: &'static str = "calendar.guest_answered";
}

/// Somebody came to an open event: they have a seat, or wait for one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventJoined {
    /// The event.
    pub event: Id<Event>,
    /// The occurrence, by where its series began it.
    pub occurrence: i64,
    /// Who came.
    pub user: UserId,
    /// Who organizes the event.
    pub organizer: UserId,
    /// Whether they wait.
    pub waits: bool,
    /// The how many-th to come, which no second coming has.
    pub place: i64,
}

impl DomainEvent for EventJoined {
    const NAME: &'static str = "calendar.event_joined";
}

/// A seat became free for somebody who waited.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaiterPromoted {
    /// The event.
    pub event: Id<Event>,
    /// The occurrence, by where its series began it.
    pub occurrence: i64,
    /// Who has a seat now.
    pub user: UserId,
    /// The how many-th to come, which no second coming has.
    pub place: i64,
}

impl DomainEvent for WaiterPromoted {
    const NAME: &'static str = "calendar.waiter_promoted";
}

/// Somebody wanted to be reminded of an event, and now is the time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReminderRang {
    /// The event.
    pub event: Id<Event>,
    /// The occurrence, by where its series began it.
    pub occurrence: i64,
    /// Who is reminded.
    pub user: UserId,
    /// How many minutes before it begins.
    pub minutes: i64,
    /// When it was to ring, in microseconds: tells a moved occurrence from where it was.
    pub at: i64,
}

impl DomainEvent for ReminderRang {
    const NAME: &'static str = "calendar.reminder_rang";
}

/// An event that people were to come to does not take place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventCancelled {
    /// The event, which may be gone.
    pub event: Id<Event>,
    /// Who cancelled it.
    pub by: UserId,
    /// Who was invited, had a seat or waited for one.
    pub guests: Vec<UserId>,
    /// When, in microseconds.
    pub at: i64,
}

impl DomainEvent for EventCancelled {
    const NAME: &'static str = "calendar.event_cancelled";
}
