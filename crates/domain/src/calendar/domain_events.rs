//! What the calendar announces.

use serde::{Deserialize, Serialize};

use super::{Calendar, Event, EventTime, Renaming};
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

/// A series was cut in two: its occurrences from one on belong to a new event. What hangs on one of
/// them by `(event, occurrence)` goes along to [`Self::place_of`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesSplit {
    /// The event that was cut; it keeps what begins earlier.
    pub event: Id<Event>,
    /// Its version since then.
    pub version: i64,
    /// The new event, which has the rest.
    pub into: Id<Event>,
    /// Its first version.
    pub into_version: i64,
    /// The calendar both are in.
    pub calendar: Id<Calendar>,
    /// The first occurrence that moved, by where the old series began it.
    pub from: i64,
    /// How occurrences are called in the new series; `None` if as before.
    pub renamed: Option<Renamed>,
}

impl DomainEvent for SeriesSplit {
    const NAME: &'static str = "calendar.series_split";
}

impl SeriesSplit {
    /// Where an occurrence of the old event is now: its event, and its name there.
    pub fn place_of(&self, occurrence: i64) -> (Id<Event>, i64) {
        if occurrence < self.from {
            return (self.event, occurrence);
        }
        (self.into, self.renamed.as_ref().map_or(occurrence, |renamed| renamed.of(occurrence)))
    }
}

/// A whole series begins at another time: its occurrences have other names now, all at once. What
/// hangs on one by `(event, occurrence)` follows it by [`Renamed::of`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesMoved {
    /// The event.
    pub event: Id<Event>,
    /// Its version since then.
    pub version: i64,
    /// The calendar it is in.
    pub calendar: Id<Calendar>,
    /// How its occurrences are called now.
    pub renamed: Renamed,
}

impl DomainEvent for SeriesMoved {
    const NAME: &'static str = "calendar.series_moved";
}

/// A series, or the rest of one, that begins elsewhere, and what that makes of the names of its
/// occurrences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Where it began: `2027-03-01`, `2027-03-01T20:00:00` or `2027-03-01T20:00:00[Asia/Seoul]`.
    pub before: String,
    /// Where it begins now.
    pub after: String,
}

impl Renamed {
    /// From one start to another; `None` if they are the same.
    pub fn between(before: &EventTime, after: &EventTime) -> Option<Self> {
        (before != after).then(|| Self { before: before.to_string(), after: after.to_string() })
    }

    /// The name after of what had this name before.
    pub fn of(&self, occurrence: i64) -> i64 {
        let (before, after) = (EventTime::parse(&self.before), EventTime::parse(&self.after));
        let renaming = before.zip(after).and_then(|(before, after)| Renaming::between(&before, &after));
        // Only beyond the year 9999 is there no such name.
        renaming.and_then(|renaming| renaming.of(occurrence)).unwrap_or(occurrence)
    }
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

/// Somebody is no guest of an event any more: they went, or their invitation was taken back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestGone {
    /// The event.
    pub event: Id<Event>,
    /// Who it is.
    pub guest: UserId,
}

impl DomainEvent for GuestGone {
    const NAME: &'static str = "calendar.guest_gone";
}

/// Those who only read a calendar do not see any more what an event in it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventHidden {
    /// The event.
    pub event: Id<Event>,
}

impl DomainEvent for EventHidden {
    const NAME: &'static str = "calendar.event_hidden";
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Zone;

    fn at(text: &str) -> EventTime {
        EventTime::parse(text).expect("a time")
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in ["2027-03-01", "2027-03-01T20:00:00", "2027-03-01T20:00:00[Asia/Seoul]"] {
            assert_eq!(at(text).to_string(), text);
        }
        assert_eq!(
            at("2027-03-01T20:00:00[UTC]"),
            EventTime::Zoned(at("2027-03-01T20:00:00").civil(), Zone::utc())
        );
        assert_eq!(EventTime::parse("tomorrow"), None);
    }

    #[test]
    fn what_hangs_on_an_occurrence_finds_it_after_a_split() {
        let seoul = |text: &str| at(&format!("{text}[Asia/Seoul]"));
        let (old, new) = (Id::new(uuid::Uuid::from_u128(1)), Id::new(uuid::Uuid::from_u128(2)));
        let (cut, moved) = (seoul("2027-03-03T20:00:00"), seoul("2027-03-03T21:30:00"));
        let split = SeriesSplit {
            event: old,
            version: 2,
            into: new,
            into_version: 1,
            calendar: Id::new(uuid::Uuid::from_u128(3)),
            from: cut.micros(),
            renamed: Renamed::between(&cut, &moved),
        };
        let (day_before, day_after) = (seoul("2027-03-02T20:00:00"), seoul("2027-03-04T20:00:00"));
        assert_eq!(split.place_of(day_before.micros()), (old, day_before.micros()));
        assert_eq!(split.place_of(cut.micros()), (new, moved.micros()));
        assert_eq!(split.place_of(day_after.micros()), (new, seoul("2027-03-04T21:30:00").micros()));
        assert_eq!(Renamed::between(&cut, &cut), None);
    }
}
