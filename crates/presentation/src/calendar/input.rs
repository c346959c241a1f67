//! From forms to what the use cases take, with every fault of a form found at once.

use madang_application::calendar::{self as app};
use madang_domain::{
    calendar::{
        self, Description, Details, Frame, GivenTime, Location, NewTimes, Recurrence, Reminder, Timing, Zone,
        errors, given::due_until,
    },
    shared::{Failure, FieldError, platform},
};
use poem_openapi::types::MaybeUndefined;
use serde_json::Value;

use super::{
    dto,
    moment::{self, Said},
};
use crate::http::{Field, Form};

/// Whether a body has a time that does not say its zone.
pub(super) fn leaves_zone_open(body: &Value) -> bool {
    let open = |name| body.get(name).is_some_and(|moment: &Value| moment.get("timeZone").is_none());
    body.get("timeZone").is_none() && (open("start") || open("end"))
}

/// A new event, or all that is wrong with it. Times that say no zone are those of `home`.
pub(super) fn new_event(form: Form<dto::NewEvent>, home: &Zone) -> Result<app::NewEvent, Failure> {
    let mut timing = None;
    let mut recurrence = Recurrence::default();
    let form = form.accept_with(|errors, body| {
        timing = new_timing(body, home, errors);
        recurrence = lines(body, errors).unwrap_or_default();
    })?;
    // Without either there was an error, and the form was refused.
    let timing = timing.ok_or(errors::INVALID_TIME)?;
    let empty = || String::new();
    Ok(app::NewEvent {
        kind: form.kind.unwrap_or_default().into(),
        details: Details {
            title: Some(form.title.0),
            description: form.description.map_or_else(|| Description::restore(empty()), |field| field.0),
            location: form.location.map_or_else(|| Location::restore(empty()), |field| field.0),
            status: form.status.map_or(calendar::EventStatus::Confirmed, Into::into),
            visibility: form.visibility.map_or(calendar::Visibility::Public, Into::into),
            blocks: form.blocks_time.unwrap_or(true),
        },
        timing,
        recurrence,
        capacity: form.capacity,
        reminders: reminders(form.reminders.unwrap_or_default()),
    })
}

/// A change of an event, or all that is wrong with it.
pub(super) fn event_change(form: Form<dto::EventChange>) -> Result<(app::EventChange, NewTimes), Failure> {
    let (mut start, mut end, mut zone, mut recurrence) = (None, None, None, None);
    let form = form.accept_with(|errors, body| {
        let around = around(body);
        start = time(body, "start", &around, errors);
        end = time(body, "end", &around, errors);
        zone = match around {
            Said::In(zone) => Some(zone),
            Said::Nothing | Said::Nowhere => None,
        };
        recurrence = lines(body, errors);
    })?;
    let end = match form.end {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(_) => Some(end),
    };
    let change = app::EventChange {
        title: form.title.map(|field| field.0),
        description: text(form.description, Description::restore),
        location: text(form.location, Location::restore),
        status: form.status.map(Into::into),
        visibility: form.visibility.map(Into::into),
        blocks: form.blocks_time,
        start: None,
        end: None,
        undated: false,
        recurrence,
        capacity: match form.capacity {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(capacity) => Some(Some(capacity)),
        },
        reminders: form.reminders.map(reminders),
    };
    let undated = matches!(form.start, MaybeUndefined::Null);
    Ok((change, NewTimes { start, end, undated, zone }))
}

/// Reminders, each once.
pub(super) fn reminders(list: Vec<dto::EventReminder>) -> Vec<Reminder> {
    let mut reminders: Vec<Reminder> = list.into_iter().map(Reminder::from).collect();
    reminders.sort_unstable();
    reminders.dedup();
    reminders
}

/// The text of a member that null clears.
pub(super) fn text<T>(field: MaybeUndefined<Field<T>>, empty: impl FnOnce(String) -> T) -> Option<T> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(empty(String::new())),
        MaybeUndefined::Value(field) => Some(field.0),
    }
}

/// When it is, if anything is said of that; `None` where what is said is wrong.
fn new_timing(body: &Value, home: &Zone, errors: &mut Vec<FieldError>) -> Option<Option<Timing>> {
    let around = around(body);
    let faults = errors.len();
    let start = time(body, "start", &around, errors);
    let end = time(body, "end", &around, errors);
    if errors.len() > faults {
        return None;
    }
    let is_task = body.get("kind").and_then(Value::as_str) == Some("task");
    let (start, end) = match (start, end) {
        (Some(start), end) => (start, end),
        (None, Some(due)) if is_task => (due, None),
        (None, None) if is_task => {
            // What hangs on a date has none to hang on.
            let said = |name: &&str| body.get(*name).is_some_and(|value| !value.is_null());
            let rhythm = body.get("recurrence").and_then(Value::as_array);
            let rhythm = rhythm.filter(|lines| !lines.is_empty()).map(|_| "recurrence");
            let hanging = ["allDay", "timeZone", "capacity"].into_iter().filter(said).chain(rhythm);
            errors.extend(hanging.map(|name| errors::DATE_REQUIRED.at(format!("/{name}"))));
            return (errors.len() == faults).then_some(None);
        }
        (None, _) => {
            errors.push(platform::REQUIRED.at("/start"));
            return None;
        }
    };
    let start = start.beside(&Frame::Date, home);
    let end = end.map(|end| end.beside(&start.frame(), home));
    let end = if is_task { end.map(due_until) } else { end };
    if body.get("allDay").and_then(Value::as_bool).is_some_and(|all_day| all_day != start.is_date()) {
        errors.push(errors::MIXED_TIME_KINDS.at("/allDay"));
    }
    Timing::as_given(start, end).map_err(|error| errors.push(error)).ok().map(Some)
}

fn around(body: &Value) -> Said {
    // A name that is no zone is refused by its field's own rule.
    Said::by(body).unwrap_or(Said::Nothing)
}

fn time(body: &Value, name: &str, around: &Said, errors: &mut Vec<FieldError>) -> Option<GivenTime> {
    let value = body.get(name).filter(|value| value.is_object())?;
    moment::read(value, &format!("/{name}"), around).map_err(|error| errors.push(error)).ok()
}

fn lines(body: &Value, errors: &mut Vec<FieldError>) -> Option<Recurrence> {
    let lines = body.get("recurrence")?.as_array()?;
    let lines: Vec<String> = lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect();
    Recurrence::parse(&lines).map_err(|faults| errors.extend(faults)).ok()
}
