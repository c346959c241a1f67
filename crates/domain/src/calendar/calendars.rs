//! A calendar: a named set of events with a home time zone.

use super::{CalendarName, Color, Description, LinkName, Zone};
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

/// Where a viewer put a calendar in their own list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(i64);

impl Place {
    /// The last place one can choose. What was never moved stands behind it.
    pub const LAST: i64 = 10_000;

    /// A place that was checked before; beyond the last one it is the last.
    pub fn new(place: i64) -> Self {
        Self(place.clamp(0, Self::LAST))
    }

    /// What lists are sorted by: the place, or else the moment the calendar became visible.
    pub fn sort_key(place: Option<Self>, since: Timestamp) -> i64 {
        place.map_or(since.micros(), |place| place.0)
    }

    /// The place a key means, if it means one.
    pub fn of_key(key: i64) -> Option<i64> {
        Some(key).filter(|key| (0..=Self::LAST).contains(key))
    }
}

/// How much a share link tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkDetail {
    /// When there is something.
    FreeBusy,
    /// What a reader sees.
    Full,
}

impl LinkDetail {
    /// The name used in storage and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FreeBusy => "freeBusy",
            Self::Full => "full",
        }
    }

    /// The detail of that name; the lesser one for a name nobody gave.
    pub fn restore(name: &str) -> Self {
        if name == Self::Full.name() { Self::Full } else { Self::FreeBusy }
    }

    /// The role whose eyes it lends.
    pub const fn role(self) -> MemberRole {
        match self {
            Self::FreeBusy => MemberRole::FreeBusy,
            Self::Full => MemberRole::Reader,
        }
    }
}

/// A secret address at which anybody may follow a calendar, until it is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// Its id, which is no secret.
    pub id: Id<ShareLink>,
    /// The calendar.
    pub calendar: Id<Calendar>,
    /// How much it tells.
    pub detail: LinkDetail,
    /// What it is for; may be empty.
    pub name: LinkName,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
}
