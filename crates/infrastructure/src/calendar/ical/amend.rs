//! Brings imported text up to date after changes made here, and leaves every other line as it is.

use std::collections::HashMap;

use madang_application::calendar::ports::Entry;
use madang_domain::calendar::{Event, EventKind, Override, Renaming};

use super::{
    lines::{self, Component, Item, Line},
    read,
    write::{component, said, time, utc, when},
};

/// The lines that say when, how often, and what; only a group that changed is written anew.
pub(super) const WHEN: [&str; 4] = ["DTSTART", "DTEND", "DUE", "DURATION"];
pub(super) const HOW_OFTEN: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "EXRULE"];
const WHAT: [&str; 7] = ["SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "COMPLETED", "CLASS", "TRANSP"];

/// The text of a series that was cut, for the one that goes on from there.
pub(super) fn renamed(rest: &Event, text: &str) -> String {
    let mut components = lines::components(text.as_bytes(), &mut Vec::new());
    for component in &mut components {
        replace(component, &["UID"], vec![format!("UID:{}", rest.uid)]);
    }
    let text = components.iter().map(Component::text).collect::<Vec<_>>().join("\n");
    brought_up_to_date(rest, &text)
}

/// The text an event was imported with, with what changed since.
pub(super) fn brought_up_to_date(event: &Event, text: &str) -> String {
    let Some((old, mut components)) = read::kept(text).filter(|_| event.kind != EventKind::Other) else {
        return text.to_owned();
    };
    let same_times = old.timing == event.timing;
    let same_rhythm = old.recurrence.lines() == event.recurrence.lines();
    let same_words = old.details == event.details && old.completed_at == event.completed_at;
    let same_others = old.overrides == event.overrides;
    if same_times && same_rhythm && same_words && same_others {
        return text.to_owned();
    }
    let master =
        components.iter().rposition(|component| component.line("RECURRENCE-ID").is_none()).unwrap_or(0);
    let Some(series) = components.get_mut(master) else { return text.to_owned() };
    if !same_times {
        let lines = event.timing.iter().flat_map(|timing| when(event.kind, timing, event.repeats()));
        replace(series, &WHEN, lines.collect());
    }
    if !same_rhythm {
        replace(series, &HOW_OFTEN, event.recurrence.lines().to_vec());
    }
    if !same_words {
        replace_words(series, said(&event.details, event.kind, event.completed_at), event.kind);
    }
    stamp(series, event);
    let mut texts = vec![series.text()];
    // One pass over all, however many there are: files may bring thousands.
    // What has no date has no occurrences that differ.
    let Some(timing) = &event.timing else { return texts.join("\n") };
    // Nor had it while it had none.
    let start = old.timing.as_ref().map_or(&timing.start, |timing| &timing.start);
    // Occurrences follow their series to another start, and take what is known of them along.
    let renaming = Renaming::between(start, &timing.start).filter(|_| !same_times);
    let renaming = renaming.filter(|renaming| renames(renaming, &old, event));
    let name = |original: i64| renaming.as_ref().map_or(Some(original), |renaming| renaming.of(original));
    let came: HashMap<i64, &Component> = components
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != master)
        .filter_map(|(_, component)| {
            let id = component.line("RECURRENCE-ID")?;
            Some((name(read::original(&id.text, start)?)?, component))
        })
        .collect();
    let kept: HashMap<i64, &Override> = old.overrides.iter().map(|other| (other.original, other)).collect();
    for differs in &event.overrides {
        let same = kept.get(&differs.original).is_some_and(|other| *other == differs);
        texts.push(match came.get(&differs.original) {
            Some(component) if same && renaming.is_none() => component.text(),
            Some(component) => amended(component, event, differs),
            None => written(event, differs),
        });
    }
    texts.join("\n")
}

/// Whether the occurrences that differ have moved along with the start: where a series was only cut,
/// it begins later, and they are called as before.
fn renames(renaming: &Renaming, old: &Entry, event: &Event) -> bool {
    let known = |original: i64| event.overrides.iter().any(|differs| differs.original == original);
    let stayed = old.overrides.iter().filter(|differs| known(differs.original)).count();
    let moved = old.overrides.iter().filter_map(|differs| renaming.of(differs.original));
    moved.filter(|original| known(*original)).count() > stayed
}

/// The component of an occurrence that differs in another way now.
fn amended(component: &Component, event: &Event, differs: &Override) -> String {
    let mut component = component.clone();
    if let Some(timing) = &event.timing {
        let original = timing.start.frame().time(differs.original);
        replace(&mut component, &["RECURRENCE-ID"], vec![time("RECURRENCE-ID", &original)]);
    }
    replace(&mut component, &WHEN, when(event.kind, &differs.timing, true));
    replace_words(&mut component, said(&differs.details, event.kind, event.completed_at), event.kind);
    stamp(&mut component, event);
    component.text()
}

fn written(event: &Event, differs: &Override) -> String {
    let original = event.timing.as_ref().map(|timing| timing.start.frame().time(differs.original));
    component(event, Some(&differs.timing), &differs.details, original.as_ref()).join("\n")
}

/// Puts new lines where the first of the old ones was.
pub(super) fn replace(component: &mut Component, names: &[&str], lines: Vec<String>) {
    let is_old = |item: &Item| matches!(item, Item::Line(line) if names.contains(&line.name.as_str()));
    let at = component.items.iter().position(is_old).unwrap_or_else(|| properties_end(component));
    component.items.retain(|item| !is_old(item));
    let new = lines.iter().filter_map(|text| Line::parse(component.number, text)).map(Item::Line);
    component.items.splice(at..at, new);
}

/// Puts new lines where an old one was.
pub(super) fn replace_line(component: &mut Component, old: &Line, lines: &[String]) {
    let is_old = |item: &Item| matches!(item, Item::Line(line) if line == old);
    let Some(at) = component.items.iter().position(is_old) else { return };
    let new = lines.iter().filter_map(|text| Line::parse(old.number, text)).map(Item::Line);
    component.items.splice(at..=at, new);
}

/// Where the component's own lines end and the components inside begin.
fn properties_end(component: &Component) -> usize {
    let inner = component.items.iter().position(|item| matches!(item, Item::Component(_)));
    inner.unwrap_or(component.items.len())
}

/// The words one by one: a line that says the same as before keeps its parameters.
fn replace_words(component: &mut Component, lines: Vec<String>, kind: EventKind) {
    let new: Vec<Line> = lines.iter().filter_map(|text| Line::parse(component.number, text)).collect();
    for name in WHAT {
        let wanted = new.iter().find(|line| line.name == name);
        let have = component.line(name);
        let same = match (wanted, have) {
            (Some(wanted), Some(have)) => wanted.plain().trim() == have.plain().trim(),
            (None, None) => true,
            // NEEDS-ACTION and IN-PROCESS say more than we keep.
            (None, Some(have)) => {
                (kind == EventKind::Task && name == "STATUS" && !have.value.contains("COMPLETED"))
                    || (name == "TRANSP" && !have.value.trim().eq_ignore_ascii_case("TRANSPARENT"))
            }
            (Some(_), None) => name == "STATUS" && wanted.is_some_and(|line| line.value == "CONFIRMED"),
        };
        if !same {
            replace(component, &[name], wanted.map(|line| line.text.clone()).into_iter().collect());
        }
    }
}

fn stamp(component: &mut Component, event: &Event) {
    replace(component, &["SEQUENCE"], vec![format!("SEQUENCE:{}", event.sequence)]);
    replace(component, &["LAST-MODIFIED"], vec![format!("LAST-MODIFIED:{}", utc(event.updated_at))]);
    replace(component, &["DTSTAMP"], vec![format!("DTSTAMP:{}", utc(event.updated_at))]);
}
