//! What a change in a scope means for the event it is made to.

use madang_domain::{
    calendar::{
        Event, EventKind, EventTime, Frame, NewTimes, Renaming, Timing, Zone, errors, given::due_until,
    },
    shared::{Failure, FieldError, platform},
};

use super::{events::EventChange, people::guests::named, scopes::Scope};

/// What happens once is all there is of it, however it is named.
///
/// # Errors
/// `calendar.occurrence_required`, 404.
pub(super) fn narrowed(scope: Scope, event: &Event) -> Result<Scope, Failure> {
    match scope {
        Scope::Only if event.repeats() => Err(errors::OCCURRENCE_REQUIRED.at("?occurrence").into()),
        Scope::This(at) | Scope::Following(at) if !event.repeats() => {
            named(event, &at)?;
            Ok(Scope::Only)
        }
        scope @ (Scope::Only | Scope::This(_) | Scope::Following(_) | Scope::All(_)) => Ok(scope),
    }
}

/// A change with the times that were given, which are of the zone of what they change.
pub(super) fn timed(
    event: &Event,
    scope: &Scope,
    change: EventChange,
    times: NewTimes,
    home: &Zone,
) -> Result<EventChange, Failure> {
    if times.undated {
        return undated(event, scope, change, times, home);
    }
    let Some(timing) = event.timing.clone() else { return dated(change, times, home) };
    let old = match scope {
        Scope::This(at) => event.override_at(at.micros()).map_or(timing, |differs| differs.timing),
        Scope::Following(at) | Scope::All(Some(at)) => {
            Timing { start: timing.start.frame().time(at.micros()), ..timing }
        }
        Scope::Only | Scope::All(None) => timing,
    };
    let told = times.end.is_some();
    let (start, mut end) = times.of(&old, home)?;
    if event.kind == EventKind::Task && told {
        end = end.map(|end| end.map(due_until));
    }
    Ok(EventChange { start, end, ..change })
}

/// A change that takes the date away; where an end is given beside it, a task is due then and that is all.
fn undated(
    event: &Event,
    scope: &Scope,
    change: EventChange,
    times: NewTimes,
    home: &Zone,
) -> Result<EventChange, Failure> {
    if event.kind != EventKind::Task {
        return Err(platform::REQUIRED.at("/start").into());
    }
    if event.repeats() || !matches!(scope, Scope::Only | Scope::All(None)) {
        return Err(errors::DATE_REQUIRED.at("/start").into());
    }
    if times.end.iter().flatten().next().is_some() {
        let change = dated(change, NewTimes { undated: false, ..times }, home)?;
        return Ok(EventChange { end: Some(None), ..change });
    }
    if times.zone.is_some() {
        return Err(errors::DATE_REQUIRED.at("/timeZone").into());
    }
    Ok(EventChange { undated: true, ..change })
}

/// A change of a task that has no date yet; an end alone is when it is due.
fn dated(change: EventChange, times: NewTimes, home: &Zone) -> Result<EventChange, Failure> {
    let (start, end) = (times.start, times.end.flatten());
    let alone = start.is_none();
    let Some(start) = start.or_else(|| end.clone()) else {
        return match times.zone {
            Some(_) => Err(errors::DATE_REQUIRED.at("/timeZone").into()),
            None => Ok(change),
        };
    };
    let zone = times.zone.as_ref().unwrap_or(home);
    let start = start.beside(&Frame::Date, zone);
    let end = end.filter(|_| !alone).map(|end| due_until(end.beside(&start.frame(), zone)));
    Ok(EventChange { start: Some(start), end: end.map(Some), ..change })
}

/// What belongs to a whole series cannot be changed in one occurrence.
pub(super) fn must_fit_one(change: &EventChange) -> Result<(), Failure> {
    let wrong = [
        ("/recurrence", change.recurrence.is_some()),
        ("/capacity", change.capacity.is_some()),
        ("/reminders", change.reminders.is_some()),
    ];
    let faults: Vec<FieldError> = wrong
        .into_iter()
        .filter(|(_, wrong)| *wrong)
        .map(|(pointer, _)| errors::NOT_OF_ONE_OCCURRENCE.at(pointer))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::fields(faults)) }
}

/// A change whose times are those of an occurrence, as one whose times are those of the series.
pub(super) fn for_the_series(
    event: &Event,
    original: i64,
    change: EventChange,
) -> Result<EventChange, Failure> {
    let timing = event.timing.as_ref().ok_or(platform::NOT_FOUND)?;
    let named = timing.start.frame().time(original);
    let Some(renaming) = Renaming::between(&named, &timing.start) else { return Ok(change) };
    let shift = |time: EventTime| -> Option<EventTime> {
        let by = renaming.clone();
        by.shifted(&time)
    };
    let start = match change.start {
        Some(start) => Some(shift(start).ok_or(errors::INVALID_TIME)?),
        None => None,
    };
    let end = match change.end {
        Some(Some(end)) => Some(Some(shift(end).ok_or(errors::INVALID_TIME)?)),
        other => other,
    };
    Ok(EventChange { start, end, ..change })
}
