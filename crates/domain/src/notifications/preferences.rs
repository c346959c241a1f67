//! How somebody wants to be told, and when not to be disturbed.

use jiff::{
    ToSpan,
    civil::{DateTime, Time},
    tz::TimeZone,
};

use super::NotificationKind;
use crate::shared::{Refusal, Timestamp, platform};

crate::text! {
    /// A time of the day, hours and minutes.
    pub ClockTime: "clock-time", 5..=5, "22:00", pattern "^([01][0-9]|2[0-3]):[0-5][0-9]$" => clock_time;
}

fn clock_time(text: String) -> Result<String, Refusal> {
    let well_formed = minutes(&text).is_some_and(|minutes| written(minutes) == text);
    if well_formed { Ok(text) } else { Err(platform::WRONG_FORMAT.with("expected", "22:00")) }
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    (hours < 24 && minutes < 60).then(|| i64::from(hours) * 60 + i64::from(minutes))
}

fn written(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl ClockTime {
    /// Minutes since midnight.
    pub fn minutes(&self) -> i64 {
        minutes(self.as_str()).unwrap_or_default()
    }

    /// From minutes since midnight.
    pub fn of_minutes(minutes: i64) -> Self {
        Self::restore(written(minutes.rem_euclid(24 * 60)))
    }
}

/// Over which channels somebody hears of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// In the list, and live.
    pub in_app: bool,
    /// In the next mail.
    pub email: bool,
    /// On the devices that subscribed.
    pub push: bool,
}

/// When somebody is not to be disturbed, each day from one time to another, over midnight if the
/// second is the earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: ClockTime,
    /// The first minute that is not quiet any more.
    pub to: ClockTime,
    /// The IANA name of the zone whose clock counts.
    pub zone: String,
}

impl QuietHours {
    /// When they end, if it is quiet now: the clock on the wall counts, also when it is changed. An
    /// hour that comes twice is quiet twice, and one that is left out keeps nobody waiting.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        if !self.covers(&zone, now) {
            return None;
        }
        let (local, to) = (zone.to_datetime(now.into()), self.to.minutes());
        let day = if minute(local) < to { local.date() } else { local.date().saturating_add(1.day()) };
        let time = Time::new(i8::try_from(to / 60).ok()?, i8::try_from(to % 60).ok()?, 0, 0).ok()?;
        let ends = zone.to_ambiguous_zoned(day.to_datetime(time));
        let ends = [ends.clone().earlier(), ends.later()].into_iter().flatten().map(|end| end.timestamp());
        let change = zone.following(now.into()).next().map(|change| change.timestamp());
        let ends = ends.chain(change).map(Timestamp::from);
        ends.filter(|end| *end > now && !self.covers(&zone, *end)).min()
    }

    fn covers(&self, zone: &TimeZone, at: Timestamp) -> bool {
        let minute = minute(zone.to_datetime(at.into()));
        let (from, to) = (self.from.minutes(), self.to.minutes());
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}

/// Minutes since midnight.
fn minute(local: DateTime) -> i64 {
    i64::from(local.hour()) * 60 + i64::from(local.minute())
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeSettings {
    /// What was chosen, by kind.
    pub choices: Vec<(NotificationKind, Channels)>,
    /// When not to be disturbed.
    pub quiet: Option<QuietHours>,
    /// Counts the changes; 0 before the first.
    pub version: i64,
}

impl NoticeSettings {
    /// How this kind is told.
    pub fn channels(&self, kind: NotificationKind) -> Channels {
        let chosen = self.choices.iter().find(|(chosen, _)| *chosen == kind);
        chosen.map_or_else(|| kind.usual_channels(), |(_, channels)| *channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Text;

    fn quiet(from: &str, to: &str) -> QuietHours {
        let time = |text| ClockTime::parse(text).unwrap();
        QuietHours { from: time(from), to: time(to), zone: "Asia/Seoul".into() }
    }

    #[test]
    fn times_of_the_day_are_read_strictly() {
        for text in ["00:00", "09:05", "23:59"] {
            assert_eq!(ClockTime::of_minutes(ClockTime::parse(text).unwrap().minutes()).as_str(), text);
        }
        for text in ["24:00", "9:05x", "12:60", "+1:00", "ab:cd", "1200"] {
            assert!(ClockTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn quiet_hours_end_at_the_next_such_time() {
        for (from, to, now, end) in [
            // Seoul is nine hours ahead.
            ("22:00", "07:00", "2026-11-21T14:00:00Z", Some("2026-11-21T22:00:00Z")),
            ("22:00", "07:00", "2026-11-21T12:59:59Z", None),
            ("22:00", "07:00", "2026-11-21T13:00:00Z", Some("2026-11-21T22:00:00Z")),
            ("22:00", "07:00", "2026-11-21T21:59:59Z", Some("2026-11-21T22:00:00Z")),
            ("22:00", "07:00", "2026-11-21T22:00:00Z", None),
            ("12:00", "13:30", "2026-11-21T03:10:00Z", Some("2026-11-21T04:30:00Z")),
            ("12:00", "13:30", "2026-11-21T04:30:00Z", None),
        ] {
            let found = quiet(from, to).end(now.parse().unwrap());
            assert_eq!(found, end.map(|end| end.parse().unwrap()), "{from}–{to} at {now}");
        }
    }

    #[test]
    fn quiet_hours_end_by_the_clock_on_the_wall_when_it_is_changed() {
        // Clocks go forward or back by an hour, by half of one, at midnight, and never.
        for (zone, changes) in [
            ("Europe/Berlin", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
            ("America/New_York", ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"]),
            ("Australia/Lord_Howe", ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]),
            ("Asia/Beirut", ["2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z"]),
            ("Asia/Seoul", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ] {
            for (from, to) in [
                ("22:00", "07:00"),
                ("23:30", "02:30"),
                ("01:15", "01:45"),
                ("02:30", "03:00"),
                ("23:10", "00:20"),
                ("02:00", "03:00"),
            ] {
                let hours = QuietHours { zone: zone.into(), ..quiet(from, to) };
                let tz = TimeZone::get(zone).unwrap();
                for change in changes {
                    let change: Timestamp = change.parse().unwrap();
                    let minutes = (-16 * 60..=16 * 60_i64).rev();
                    // Minute by minute backwards: the next one at which it is not quiet.
                    let mut end = None;
                    for at in
                        minutes.map(|minute| Timestamp::from_micros(change.micros() + minute * 60_000_000))
                    {
                        if !hours.covers(&tz, at) {
                            end = Some(at);
                            assert_eq!(hours.end(at), None, "{zone}, {from}–{to} at {at}");
                        } else if end.is_some() {
                            assert_eq!(hours.end(at), end, "{zone}, {from}–{to} at {at}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn whoever_chose_nothing_is_told_as_usual() {
        let muted = Channels { in_app: false, email: false, push: false };
        let settings =
            NoticeSettings { choices: vec![(NotificationKind::Like, muted)], ..NoticeSettings::default() };
        assert_eq!(settings.channels(NotificationKind::Like), muted);
        assert!(settings.channels(NotificationKind::Follow).in_app);
    }
}
