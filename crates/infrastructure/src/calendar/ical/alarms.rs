//! VALARM (RFC 5545 3.6.6): from a file to reminders, and from reminders into a file.
//!
//! Alarms are whoever's brought the file. What a reminder says goes out as long as they want to be
//! reminded; what none can say goes out as it came. Reminders the file did not bring are added, with a
//! mark by which they are known when they come back.

use std::{collections::BTreeSet, fmt::Write};

use madang_application::calendar::{guestbook::OwnAlarms, ports::FoundAlarm};
use madang_domain::calendar::{
    Alarm, Event, Length, Reminder, Trigger, Zone, alarm,
    recurrence::values::{self, Written},
    time::DAY,
};

use super::{
    component,
    lines::{self, Component, Item, Line},
    read::Report,
    write::escaped,
    zones::Zones,
};

/// Marks an alarm that a reminder made; its value is the minutes.
const MARK: &str = "X-MADANG-REMINDER";

/// Of what has no start but an end.
const RELATED_TO_END: &str = ";RELATED=END";

/// The alarms of a component. What says that there is none (`ACTION:NONE`) is none.
pub(super) fn found(component: &Component) -> Vec<FoundAlarm> {
    let alarms = component.children().filter(|inner| inner.name == "VALARM" && action(inner) != "NONE");
    alarms.map(|inner| FoundAlarm { line: inner.number, alarm: read(inner, component) }).collect()
}

fn action(alarm: &Component) -> String {
    alarm.line("ACTION").map_or_else(String::new, |line| line.value.trim().to_ascii_uppercase())
}

/// When an alarm of something fires that tells somebody something.
fn read(alarm: &Component, of: &Component) -> Option<Alarm> {
    if !["DISPLAY", "AUDIO", "EMAIL"].contains(&action(alarm).as_str()) {
        return None;
    }
    let line = alarm.line("TRIGGER")?;
    let trigger = match values::written(&line.value) {
        Some(Written::Utc(instant)) => Trigger::At(instant),
        // RFC 5545 3.8.6.3: an absolute one is in UTC.
        Some(Written::Local(local)) => Trigger::At(zone(line)?.instant(local)?),
        Some(Written::Date(_)) => return None,
        None => {
            let offset = values::duration(&line.value)?.at_rest();
            match line.param("RELATED").map(str::to_ascii_uppercase).as_deref() {
                // What is due on a day is due as it begins (RFC 5545 3.8.6.3), and kept until it is over.
                Some("END") if is_due_on_a_day(of) => Trigger::End(offset.checked_sub(DAY)?),
                Some("END") => Trigger::End(offset),
                None | Some("START") => Trigger::Start(offset),
                Some(_) => return None,
            }
        }
    };
    let repeats = match alarm.line("REPEAT") {
        Some(line) => line.value.trim().parse().ok()?,
        None => 0,
    };
    let pause = alarm.line("DURATION").and_then(|line| values::duration(&line.value));
    if repeats > 0 && pause.is_none_or(|pause| pause.at_rest() <= 0) {
        return None;
    }
    Some(Alarm { trigger, repeats, pause: pause.map_or(0, Length::at_rest) })
}

fn is_due_on_a_day(component: &Component) -> bool {
    let due = component.line("DUE").filter(|_| component.name == "VTODO");
    due.is_some_and(|due| matches!(values::written(&due.value), Some(Written::Date(_))))
}

/// Whether it says only when it is due: its alarms have no start to refer to (RFC 5545 3.8.6.3).
fn has_due_alone(component: &Component) -> bool {
    component.name == "VTODO" && component.line("DTSTART").is_none() && component.line("DUE").is_some()
}

fn zone(line: &Line) -> Option<Zone> {
    line.param("TZID").map_or_else(|| Some(Zone::utc()), |name| Zone::parse(name).ok())
}

/// The reminders that the alarms an event was imported with ask for.
pub(super) fn asked(event: &Event, home: &Zone) -> BTreeSet<Reminder> {
    let Some(text) = &event.ical else { return BTreeSet::new() };
    let components = parsed(text);
    let series = components.iter().rfind(|component| component.line("RECURRENCE-ID").is_none());
    series.or(components.first()).map_or_else(BTreeSet::new, |series| ringing(series, event, home).1)
}

/// What each VALARM of a component asks for, in their order, and which of that rings.
fn ringing(
    component: &Component,
    event: &Event,
    home: &Zone,
) -> (Vec<Option<BTreeSet<Reminder>>>, BTreeSet<Reminder>) {
    let (mut warnings, mut steps) = (Vec::new(), 0);
    let mut report = Report { warnings: &mut warnings, uid: String::new(), steps: &mut steps };
    let timing = component::timing(component, &mut Zones::default(), &mut report);
    let in_series = event.recurrence.repeats() || !event.overrides.is_empty();
    let alarms = component.children().filter(|inner| inner.name == "VALARM");
    let each: Vec<Option<BTreeSet<Reminder>>> = alarms
        .map(|inner| {
            read(inner, component)?.reminders(timing.as_ref().or(event.timing.as_ref())?, in_series, home)
        })
        .collect();
    let taken = alarm::taken(each.iter().flatten());
    (each, taken)
}

/// The components of an event with somebody's own alarms, and nobody else's.
pub(super) fn personal(text: &str, event: &Event, own: &OwnAlarms) -> String {
    let wanted: BTreeSet<Reminder> = own.reminders.get(&event.id).into_iter().flatten().copied().collect();
    if wanted.is_empty() && !text.contains("BEGIN:VALARM") {
        return text.to_owned();
    }
    let mine = event.alarms_of == Some(own.of);
    let mut components = parsed(text);
    let series =
        components.iter().rposition(|component| component.line("RECURRENCE-ID").is_none()).unwrap_or(0);
    let of_series = components.get(series).map(|series| ringing(series, event, &own.home));
    for component in &mut components {
        if !matches!(component.name.as_str(), "VEVENT" | "VTODO") {
            continue;
        }
        // Without a date there is nothing to be reminded before, and nothing a TRIGGER could refer to.
        if ["DTSTART", "DUE", "RECURRENCE-ID"].iter().all(|name| component.line(name).is_none()) {
            component.items.retain(|item| !is_alarm(item) || (mine && !is_relative(item)));
            continue;
        }
        let mut said = BTreeSet::new();
        if mine {
            let (each, taken) = ringing(component, event, &own.home);
            // An occurrence with alarms of its own keeps them; reminders are those of the series.
            if of_series.as_ref().is_some_and(|(all, _)| *all != each) {
                continue;
            }
            let mut each = each.into_iter();
            component.items.retain(|item| {
                let Item::Component(inner) = item else { return true };
                if inner.name != "VALARM" {
                    return true;
                }
                match each.next().flatten() {
                    Some(asked) if asked.is_subset(&taken) => {
                        let kept = asked.is_subset(&wanted);
                        if kept {
                            said.extend(asked);
                        }
                        kept
                    }
                    _ => true,
                }
            });
        } else {
            component.items.retain(|item| !is_alarm(item));
        }
        let title = event.details.title.as_ref().map_or("Reminder", |title| title.as_str());
        let related = if has_due_alone(component) { RELATED_TO_END } else { "" };
        let new =
            wanted.difference(&said).map(|reminder| Item::Component(written(*reminder, related, title)));
        component.items.extend(new);
    }
    components.iter().map(Component::text).collect::<Vec<_>>().join("\n")
}

fn parsed(text: &str) -> Vec<Component> {
    lines::components(text.as_bytes(), &mut Vec::new())
}

fn is_alarm(item: &Item) -> bool {
    matches!(item, Item::Component(inner) if inner.name == "VALARM")
}

/// Whether an alarm fires so long before or after something (RFC 5545 3.8.6.3), rather than at a time.
fn is_relative(item: &Item) -> bool {
    let Item::Component(alarm) = item else { return false };
    alarm.line("TRIGGER").is_some_and(|line| values::written(&line.value).is_none())
}

/// A reminder as an alarm.
fn written(reminder: Reminder, related: &str, title: &str) -> Component {
    let text = [
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(title)),
        format!("TRIGGER{related}:{}", trigger(reminder)),
        format!("{MARK}:{}", reminder.minutes()),
    ];
    let items = text.iter().filter_map(|text| Line::parse(0, text)).map(Item::Line).collect();
    Component { name: "VALARM".to_owned(), number: 0, items }
}

fn trigger(reminder: Reminder) -> String {
    let sign = if reminder.minutes() > 0 { "-" } else { "" };
    format!("{sign}PT{}M", reminder.minutes().abs())
}

/// The components without the alarms we put there, as long as they are as we put them.
pub(super) fn without_ours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        if line == "BEGIN:VALARM" && block.is_none() {
            block = Some(vec![line]);
            continue;
        }
        let Some(alarm) = &mut block else {
            push(&mut out, line);
            continue;
        };
        alarm.push(line);
        if line == "END:VALARM" {
            if !is_ours(alarm) {
                alarm.iter().for_each(|line| push(&mut out, line));
            }
            block = None;
        }
    }
    block.iter().flatten().for_each(|line| push(&mut out, line));
    out
}

fn is_ours(alarm: &[&str]) -> bool {
    let value = |name: &str| alarm.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let Some(minutes) = value(MARK).and_then(|text| text.parse::<i64>().ok()) else { return false };
    let wanted = trigger(Reminder::minutes_before(minutes));
    ["TRIGGER".to_owned(), format!("TRIGGER{RELATED_TO_END}")].iter().any(|name| value(name) == Some(&wanted))
}

fn push(out: &mut String, line: &str) {
    if !out.is_empty() {
        let _infallible = out.write_char('\n');
    }
    out.push_str(line);
}
