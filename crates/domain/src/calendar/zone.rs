//! Time zones by their IANA name, from the database bundled with the program.

use std::fmt;

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use super::errors;
use crate::shared::{Refusal, Timestamp};

const DAY_SECONDS: i32 = 86_400;

/// A time zone with a name that others understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of that IANA name; letter case does not matter.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        if ["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Z", "Zulu"].iter().any(|utc| utc.eq_ignore_ascii_case(name))
        {
            return Ok(Self::utc());
        }
        match TimeZone::get(name) {
            Ok(zone) if !zone.is_unknown() && zone.iana_name().is_some() => Ok(Self(zone)),
            _ => Err(errors::UNKNOWN_TIME_ZONE.with("zone", name)),
        }
    }

    /// The zone of a name that was parsed before it was stored. A name that a later zone database
    /// dropped reads as UTC rather than losing the event.
    pub fn restore(name: &str) -> Self {
        Self::parse(name).unwrap_or_else(|_| Self::utc())
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Whether this is UTC itself.
    pub fn is_utc(&self) -> bool {
        self.0 == TimeZone::UTC
    }

    /// The instant of a local time, by RFC 5545 3.3.5: a time that happens twice is the first one,
    /// one that a gap skips uses the offset before the gap.
    ///
    /// `None` for a time on a day this zone never had (Samoa's 30 December 2011): shifting it would
    /// only double the next day.
    pub fn instant(&self, local: DateTime) -> Option<Timestamp> {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        if let AmbiguousOffset::Gap { before, after } = ambiguous.offset()
            && after.seconds() - before.seconds() >= DAY_SECONDS
        {
            return None;
        }
        ambiguous.compatible().ok().map(Timestamp::from)
    }

    /// Whether clocks there never show a time: they jump over it.
    pub fn skips(&self, local: DateTime) -> bool {
        self.instant(local).is_some_and(|instant| self.local(instant) != local)
    }

    /// What clocks there show at an instant.
    pub fn local(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant.into())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
