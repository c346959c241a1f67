//! A rhythm each of whose days moves by as many days, said by rules again: Mondays and Wednesdays, a day
//! later, are Tuesdays and Thursdays; the day after the second Monday is the Tuesday from the 9th to the
//! 15th. Whoever asks compares what comes out with what it should be: not every rule can say it.

use super::{EventTime, Recurrence};

const WEEK: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Every month has days up to this one, counted from either end.
const SURE: i64 = 28;

impl Recurrence {
    /// The same rhythm for a start that moved by some days, with other weekdays and days of the month;
    /// `None` where its rules cannot say that.
    pub fn shifted(&self, before: &EventTime, after: &EventTime) -> Option<Self> {
        let by = after.civil().date().since(before.civil().date()).ok()?;
        let by = i64::from(by.get_days());
        // UNTIL and named dates move as they always do.
        let moved = self.moved(before, after);
        let lines = self.lines().iter().zip(moved.lines()).map(|(line, moved)| {
            if line.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("RRULE")) {
                rule(line, moved, by)
            } else {
                Some(moved.clone())
            }
        });
        let lines: Vec<String> = lines.collect::<Option<_>>()?;
        Self::parse(&lines).ok()
    }
}

/// A rule's parts by name, as they were and as they are with the end moved.
struct Parts<'a> {
    before: Vec<(String, &'a str)>,
    end: Option<String>,
}

impl<'a> Parts<'a> {
    fn of(line: &'a str, moved: &str) -> Option<Self> {
        let named = |part: &'a str| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim()))
        };
        let parts = line.split_once(':')?.1.split(';').filter(|part| !part.is_empty());
        let before = parts.map(named).collect::<Option<Vec<_>>>()?;
        let end = moved.split_once(':')?.1.split(';').find(|part| part.starts_with("UNTIL="));
        Some(Self { before, end: end.map(str::to_owned) })
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.before.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }

    /// The rule with some parts replaced.
    fn with(&self, replaced: &[(&str, Option<String>)]) -> String {
        let kept = self
            .before
            .iter()
            .filter(|(name, _)| name != "UNTIL" && replaced.iter().all(|(replaced, _)| replaced != name));
        let mut parts: Vec<String> = kept.map(|(name, value)| format!("{name}={value}")).collect();
        parts.extend(self.end.clone());
        let new = replaced.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
        parts.extend(new);
        format!("RRULE:{}", parts.join(";"))
    }
}

fn rule(line: &str, moved: &str, by: i64) -> Option<String> {
    let parts = Parts::of(line, moved)?;
    if parts.has_any(&["BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP"]) {
        return None;
    }
    let days = parts.get("BYDAY").map(weekdays);
    let days = match days {
        None => Vec::new(),
        Some(days) => days?,
    };
    let plain = days.iter().all(|(number, _)| *number == 0);
    let list = |days: &[(i64, usize)]| {
        let mut names: Vec<&str> = days.iter().map(|(_, day)| WEEK[rotated(*day, by)]).collect();
        names.dedup();
        (!names.is_empty()).then(|| names.join(","))
    };
    match parts.get("FREQ")?.to_ascii_uppercase().as_str() {
        "WEEKLY" if plain && !parts.has_any(&["BYMONTH", "BYMONTHDAY"]) => {
            let start = parts.get("WKST").unwrap_or("MO");
            let start = WEEK.iter().position(|day| day.eq_ignore_ascii_case(start))?;
            let start = WEEK[rotated(start, by)].to_owned();
            Some(parts.with(&[("BYDAY", list(&days)), ("WKST", Some(start))]))
        }
        "DAILY" if plain && !parts.has_any(&["BYMONTH", "BYMONTHDAY", "BYSETPOS"]) => {
            Some(parts.with(&[("BYDAY", list(&days))]))
        }
        "MONTHLY" | "YEARLY" if !parts.has_any(&["BYSETPOS"]) => {
            if parts.get("FREQ")?.eq_ignore_ascii_case("YEARLY") && !parts.has_any(&["BYMONTH"]) {
                return None;
            }
            let month_days = match (parts.get("BYMONTHDAY"), plain) {
                (Some(list), true) => numbers(list)?,
                (None, false) => spans(&days)?,
                _ => return None,
            };
            let moved: Vec<i64> = month_days.iter().map(|day| shift(*day, by)).collect::<Option<_>>()?;
            let wraps = |(old, new): (&i64, &i64)| (*old > 0) != (*new > 0);
            if parts.has_any(&["BYMONTH"]) && month_days.iter().zip(&moved).any(wraps) {
                return None;
            }
            let moved: Vec<String> = moved.iter().map(ToString::to_string).collect();
            Some(parts.with(&[("BYDAY", list(&days)), ("BYMONTHDAY", Some(moved.join(",")))]))
        }
        _ => None,
    }
}

fn rotated(day: usize, by: i64) -> usize {
    let day = i64::try_from(day).unwrap_or(0);
    usize::try_from((day + by).rem_euclid(7)).unwrap_or(0)
}

/// `2MO,-1FR` as numbers, 0 for none, and days from Monday.
fn weekdays(text: &str) -> Option<Vec<(i64, usize)>> {
    let one = |item: &str| {
        let item = item.trim();
        let (number, name) = item.split_at_checked(item.len().checked_sub(2)?)?;
        let day = WEEK.iter().position(|day| day.eq_ignore_ascii_case(name))?;
        let number = if number.is_empty() { 0 } else { number.parse().ok()? };
        Some((number, day))
    };
    text.split(',').map(one).collect()
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    text.split(',').map(|item| item.trim().parse().ok()).collect()
}

/// The days of the month that numbered weekdays may fall on: all with one number, or all of one weekday.
fn spans(days: &[(i64, usize)]) -> Option<Vec<i64>> {
    let (number, day) = *days.first()?;
    let same = days.iter().all(|(other, _)| *other == number) || days.iter().all(|(_, other)| *other == day);
    let span = |number: i64| match number {
        1..=4 => Some(7 * number - 6..=7 * number),
        -4..=-1 => Some(7 * number..=7 * number + 6),
        _ => None,
    };
    let mut found = Vec::new();
    for (number, _) in days.iter().filter(|_| same) {
        found.extend(span(*number)?);
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// A day of the month, some days later. Behind the last day comes the first of the next month; which
/// day comes behind the 28th depends on the month.
fn shift(day: i64, by: i64) -> Option<i64> {
    let moved = match (day, day + by) {
        (1.., moved @ 1..) | (..=-1, moved @ ..=-1) => moved,
        (1.., moved) => moved - 1,
        (..=-1, moved) => moved + 1,
        _ => return None,
    };
    (moved.abs() <= SURE).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Length, Renaming, Window, time::DAY};

    fn at(text: &str) -> EventTime {
        EventTime::parse(text).unwrap()
    }

    fn places(recurrence: &Recurrence, start: &EventTime, days: i64) -> Vec<i64> {
        let to = start.micros() + days * DAY;
        let found = recurrence.occurrences(start, Length::default(), Window { from: i64::MIN, to });
        assert!(!found.truncated);
        found.instances.iter().map(|instance| instance.start).collect()
    }

    /// A quarter of a century of each, day by day.
    #[test]
    fn n01_rhythms_move_by_days_with_all_their_days() {
        let cases = [
            ("2027-03-03T20:00:00[Asia/Seoul]", "2027-03-04T20:00:00[Asia/Seoul]", "FREQ=WEEKLY;BYDAY=MO,WE"),
            ("2027-03-03T20:00:00", "2027-03-07T09:30:00", "FREQ=WEEKLY;INTERVAL=3;BYDAY=WE,SA,SU"),
            ("2027-03-03", "2027-03-01", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SU;WKST=SU"),
            ("2027-03-03", "2027-03-13", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;BYSETPOS=2"),
            ("2027-03-03T20:00:00", "2027-03-04T01:00:00", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"),
            ("2027-03-08", "2027-03-09", "FREQ=MONTHLY;BYDAY=2MO"),
            ("2027-03-08", "2027-03-05", "FREQ=MONTHLY;BYDAY=2MO,4MO"),
            ("2027-03-26", "2027-03-27", "FREQ=MONTHLY;BYDAY=-1FR"),
            ("2027-03-01", "2027-02-27", "FREQ=MONTHLY;BYDAY=1MO,1TU"),
            ("2027-03-31", "2027-04-01", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("2027-03-15", "2027-03-12", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15,20"),
            ("2027-08-13", "2027-08-14", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
            ("2027-05-10", "2027-05-11", "FREQ=YEARLY;BYMONTH=5;BYDAY=2MO"),
        ];
        for (before, after, rule) in cases {
            let (before, after) = (at(before), at(after));
            let old = Recurrence::restore(vec![format!("RRULE:{rule}")]);
            let new = old.shifted(&before, &after).unwrap_or_else(|| panic!("{rule}"));
            let renaming = Renaming::between(&before, &after).unwrap();
            let wanted: Vec<i64> =
                places(&old, &before, 9_000).into_iter().filter_map(|name| renaming.of(name)).collect();
            let found = places(&new, &after, 9_000);
            assert!(wanted.len() > 20, "{rule}");
            let same = wanted.len().min(found.len());
            assert!(wanted.len().abs_diff(found.len()) <= 4, "{rule}: {new:?}");
            assert_eq!(found[..same], wanted[..same], "{rule}: {:?}", new.lines());
        }
        let last_workday =
            Recurrence::restore(vec!["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1".to_owned()]);
        assert_eq!(last_workday.shifted(&at("2027-03-31"), &at("2027-04-01")), None);
    }
}
