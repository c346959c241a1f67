//! A calendar: a named set of events with a home time zone.

use super::{CalendarName, Color, Description, Zone};
use crate::shared::{Id, Timestamp, UserId};

/// The home of events. A record: every combination of valid values is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: Id<Calendar>,
    /// Who owns it.
    pub owner: UserId,
    /// Whether it is the one made at sign-up, of which everybody has exactly one.
    pub is_default: bool,
    /// What it is called.
    pub name: CalendarName,
    /// What it is about; may be empty.
    pub description: Description,
    /// How it is painted.
    pub color: Color,
    /// Where days and floating times of its events are, for viewers that say nothing else.
    pub zone: Zone,
    /// Counts changes of the calendar's own properties.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its properties last changed.
    pub updated_at: Timestamp,
}

/// What a person may do in a calendar. Each role includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberRole {
    /// Learns when the owner is busy, nothing else.
    FreeBusy,
    /// Sees the events.
    Reader,
    /// Makes and changes events.
    Writer,
    /// Changes and deletes the calendar, and says who else may enter.
    Owner,
}

impl MemberRole {
    /// All roles, weakest first.
    pub const ALL: [Self; 4] = [Self::FreeBusy, Self::Reader, Self::Writer, Self::Owner];

    /// The name used in storage and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FreeBusy => "freeBusy",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
