//! What a VEVENT or VTODO says.

use madang_domain::{
    calendar::{
        Description, Details, EventStatus, EventTime, Length, Location, Timing, Title, Visibility, Zone,
        given::due_until,
        recurrence::values::{self, Written},
    },
    shared::{Text, Timestamp},
};

use super::{
    lines::{Component, Line, excerpt},
    read::Report,
    zones::{Meaning, Zones},
};

/// The title, description, place, status and visibility of a component.
pub(super) fn details(component: &Component, report: &mut Report<'_>) -> Details {
    let title = component.line("SUMMARY").and_then(|line| {
        let one_line = line.plain().split_whitespace().collect::<Vec<_>>().join(" ");
        shortened::<Title>(&one_line, line, report)
    });
    let text = |name: &str| component.line(name).map(|line| (line.plain(), line));
    let description =
        text("DESCRIPTION").and_then(|(text, line)| shortened::<Description>(&text, line, report));
    let location = text("LOCATION").and_then(|(text, line)| shortened::<Location>(&text, line, report));
    let word = |name: &str| component.line(name).map(|line| line.value.trim().to_ascii_uppercase());
    Details {
        title,
        description: description.unwrap_or_else(|| Description::restore(String::new())),
        location: location.unwrap_or_else(|| Location::restore(String::new())),
        status: match word("STATUS").as_deref() {
            Some("TENTATIVE") => EventStatus::Tentative,
            Some("CANCELLED") => EventStatus::Cancelled,
            _ => EventStatus::Confirmed,
        },
        visibility: match word("CLASS").as_deref() {
            Some("PRIVATE") => Visibility::Private,
            Some("CONFIDENTIAL") => Visibility::Confidential,
            _ => Visibility::Public,
        },
        blocks: word("TRANSP").as_deref() != Some("TRANSPARENT"),
    }
}

/// The text as far as it fits; the whole of it stays in the kept components.
fn shortened<T: Text>(text: &str, line: &Line, report: &mut Report<'_>) -> Option<T> {
    let text = text.trim();
    if text.chars().count() <= T::MAX {
        return T::parse(text).ok();
    }
    report.warn(line.number, "shortened", format!("{} is shown up to {} characters.", line.name, T::MAX));
    T::parse(&text.chars().take(T::MAX).collect::<String>()).ok()
}

/// When a component is; `None` if it says no start.
pub(super) fn timing(component: &Component, zones: &mut Zones, report: &mut Report<'_>) -> Option<Timing> {
    let is_task = component.name == "VTODO";
    let start = component.line("DTSTART").and_then(|line| time(line, zones, report));
    let end = component.line(if is_task { "DUE" } else { "DTEND" });
    let end = end.and_then(|line| Some((time(line, zones, report)?, line.number)));
    let (start, end) = match (start, end) {
        (Some(start), Some((due, number))) if is_task => (start, Some((due_until(due), number))),
        (Some(start), end) => (start, end),
        // A task that only has to be done by some time is shown there.
        (None, Some((due, _))) if is_task => (due, None),
        (None, _) => return None,
    };
    if let Some((end, number)) = end {
        return Some(ended(start, end, number, report));
    }
    let duration = component.line("DURATION").and_then(|line| {
        let length = values::duration(&line.value).filter(|length| length.days >= 0 && length.micros >= 0);
        if length.is_none() {
            report.warn(
                line.number,
                "repairedEnd",
                format!("The duration {} was left out.", excerpt(&line.value)),
            );
        }
        length
    });
    let plain = Timing::new(start, None).ok()?;
    Some(match duration {
        Some(length) => Timing { length: whole_days(&plain.start, length), ..plain },
        None => plain,
    })
}

fn ended(start: EventTime, end: EventTime, number: u64, report: &mut Report<'_>) -> Timing {
    let end = match (&start, end) {
        (EventTime::Date(_), EventTime::Floating(local) | EventTime::Zoned(local, _)) => {
            report.warn(number, "repairedEnd", "The end was a time although the start is a day.".to_owned());
            EventTime::Date(local.date())
        }
        (EventTime::Zoned(_, zone), EventTime::Floating(local)) => EventTime::Zoned(local, zone.clone()),
        (EventTime::Floating(_), EventTime::Zoned(local, _)) => EventTime::Floating(local),
        (EventTime::Zoned(_, zone), EventTime::Date(day)) => {
            EventTime::Zoned(day.at(0, 0, 0, 0), zone.clone())
        }
        (EventTime::Floating(_), EventTime::Date(day)) => EventTime::Floating(day.at(0, 0, 0, 0)),
        (_, end) => end,
    };
    Timing::new(start.clone(), Some(end)).unwrap_or_else(|_| {
        report.warn(number, "repairedEnd", "The end was before the start and was left out.".to_owned());
        let length = Length { days: i64::from(start.is_date()), micros: 0 };
        Timing { start, length, end_zone: None }
    })
}

/// A day lasts days: parts of one count as a whole.
fn whole_days(start: &EventTime, length: Length) -> Length {
    if !start.is_date() {
        return length;
    }
    let days = length.days.saturating_add(length.micros.div_euclid(madang_domain::calendar::time::DAY));
    Length { days: days.max(1), micros: 0 }
}

/// The time a line says, in its zone.
pub(super) fn time(line: &Line, zones: &mut Zones, report: &mut Report<'_>) -> Option<EventTime> {
    let Some(written) = values::written(&line.value) else {
        report.warn(
            line.number,
            "repairedTime",
            format!("{} is not a time: {}", line.name, excerpt(&line.value)),
        );
        return None;
    };
    Some(match written {
        Written::Date(date) => EventTime::Date(date),
        Written::Utc(instant) => EventTime::Zoned(Zone::utc().local(instant), Zone::utc()),
        Written::Local(local) => match line.param("TZID").map(|id| zones.meaning(id)) {
            Some(Meaning::Known(zone) | Meaning::Alias(zone) | Meaning::Guessed(zone)) => {
                EventTime::Zoned(local, zone)
            }
            Some(Meaning::Unknown) | None => EventTime::Floating(local),
        },
    })
}

/// When a task was done, as far as the component says.
pub(super) fn completed(component: &Component) -> Option<Timestamp> {
    if component.name != "VTODO" {
        return None;
    }
    let at = |name: &str| match values::written(&component.line(name)?.value)? {
        Written::Utc(instant) => Some(instant),
        Written::Local(local) => Zone::utc().instant(local),
        Written::Date(date) => Zone::utc().instant(date.at(0, 0, 0, 0)),
    };
    let says_done =
        component.line("STATUS").is_some_and(|line| line.value.trim().eq_ignore_ascii_case("COMPLETED"));
    at("COMPLETED").or_else(|| {
        if says_done {
            at("LAST-MODIFIED").or_else(|| at("DTSTAMP")).or(Some(Timestamp::from_micros(0)))
        } else {
            None
        }
    })
}
