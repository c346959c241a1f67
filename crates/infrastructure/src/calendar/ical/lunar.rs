//! Lunar rules for programs that know none.
//!
//! Of RFC 7529 most programs know nothing: Google, Outlook and Thunderbird leave RSCALE out or leave the rule
//! out, and who leaves it out shows a Gregorian birthday, which is worse than none; Apple knows CHINESE, and
//! libical what the ICU it was built with knows. So a lunar rule leaves as the dates it names (RDATE, which
//! everybody reads), as far as anybody plans, and as a property that only we read. Coming back with that
//! property it is the rule again, and the dates are dropped; a file that lost their mark on the way brings
//! each date twice, as the rule says it and as itself, which is one occurrence.

use madang_domain::{
    calendar::{Event, EventTime, Length, Recurrence, Window, Zone, series},
    shared::Timestamp,
};

use super::{
    amend::replace_line,
    lines::{self, Component, Item, Line},
};

/// The property that carries the rule.
const RULE: &str = "X-MADANG-RRULE";

/// The parameter of the dates that stand for it.
const OURS: &str = "X-MADANG-OF";

/// How many years ahead dates are named.
const YEARS: i16 = 10;

/// Most dates that stand for one rule: of more, those of past years go first, and then the latest.
const MOST: usize = 1_000;

/// The components of an event with dates in place of lunar rules. They change with the year of `now` and
/// not in between, so that what was read once stays what it is.
pub(super) fn outward(text: String, event: &Event, now: Timestamp) -> String {
    let Some(timing) =
        event.timing.as_ref().filter(|_| event.recurrence.lines().iter().any(|line| is_lunar(line)))
    else {
        return text;
    };
    let mut components = lines::components(text.as_bytes(), &mut Vec::new());
    for component in components.iter_mut().filter(|component| component.line("RECURRENCE-ID").is_none()) {
        let rules: Vec<Line> =
            component.lines().filter(|line| line.name == "RRULE" && is_lunar(&line.text)).cloned().collect();
        for rule in rules {
            let Some(dates) = dates(&rule.text, &timing.start, now) else { continue };
            let mut new = vec![format!("{RULE}:{}", rule.value)];
            if !dates.is_empty() {
                new.push(series::named(&format!("RDATE;{OURS}=RRULE"), &timing.start.frame(), &dates));
            }
            replace_line(component, &rule, &new);
        }
    }
    components.iter().map(Component::text).collect::<Vec<_>>().join("\n")
}

/// Puts the rules back that [`outward`] took out of a component.
pub(super) fn inward(component: &mut Component) {
    let rules: Vec<Line> = component.lines().filter(|line| line.name == RULE).cloned().collect();
    let mut restored = false;
    for line in rules {
        let rule = format!("RRULE:{}", unescaped(&line.value));
        if is_lunar(&rule) {
            replace_line(component, &line, &[rule]);
            restored = true;
        }
    }
    if restored {
        let stands_for = |line: &Line| line.name == "RDATE" && line.param(OURS).is_some();
        component.items.retain(|item| !matches!(item, Item::Line(line) if stands_for(line)));
    }
}

/// The mark as we wrote it: what programs do not know is TEXT to them (RFC 5545 3.8.8.2), and some escape it
/// as such (3.3.11).
fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, ';' | ',' | '\\')) } else { None };
        plain.push(escaped.unwrap_or(c));
    }
    plain
}

/// Whether a line is a rule of a lunar calendar that is understood here.
fn is_lunar(line: &str) -> bool {
    let upper = line.to_ascii_uppercase();
    upper.starts_with("RRULE")
        && upper.contains("RSCALE=")
        && !upper.contains("RSCALE=GREGORIAN")
        && Recurrence::parse(&[line.to_owned()]).is_ok()
}

/// Where a rule has something begin besides the start: from there to the end of the tenth year after this
/// one, or after that of the start. `None` where that is too much to look through.
fn dates(rule: &str, start: &EventTime, now: Timestamp) -> Option<Vec<i64>> {
    let rule = Recurrence::parse(&[rule.to_owned()]).ok()?;
    let this_year = Zone::utc().local(now).year();
    let new_year = |year| Some(EventTime::Date(jiff::civil::Date::new(year, 1, 1).ok()?).micros());
    let (from, to) =
        (new_year(this_year)?, new_year(start.civil().year().max(this_year).checked_add(YEARS + 1)?)?);
    let found = rule.occurrences(start, Length::default(), Window { from: i64::MIN, to });
    let places = found.instances.iter().map(|instance| instance.start);
    let mut places: Vec<i64> = places.filter(|place| *place != start.micros()).collect();
    let past = places.partition_point(|place| *place < from);
    places.drain(..past.min(places.len().saturating_sub(MOST)));
    places.truncate(MOST);
    (!found.truncated).then_some(places)
}
