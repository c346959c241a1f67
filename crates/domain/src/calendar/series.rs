//! Surgery on series: moving one, and cutting one in two.

use jiff::{Span, civil::DateTime};

use super::{
    Event, EventTime, Frame, Length, Override, Recurrence, Timing, Window, errors,
    recurrence::values::{Written, write_date, write_local, written},
    time::DAY,
};
use crate::shared::{Id, Refusal, Timestamp};

/// What becomes of the names of occurrences when the start of their series moves. Digits move by what
/// the start moved by: a lesson an hour later is an hour later every week, whatever the offset.
#[derive(Clone, Debug)]
pub struct Renaming {
    by: Span,
    from: Frame,
    to: Frame,
}

impl Renaming {
    /// From the start before to the start after; `None` if there is nothing to move.
    pub fn between(before: &EventTime, after: &EventTime) -> Option<Self> {
        if before == after {
            return None;
        }
        let by = before.civil().until(after.civil()).ok()?;
        Some(Self { by, from: before.frame(), to: after.frame() })
    }

    /// The name after of what had this name before.
    pub fn of(&self, original: i64) -> Option<i64> {
        self.to.micros(self.civil(original)?)
    }

    /// A time moved by as much, on its own clock.
    pub fn shifted(&self, time: &EventTime) -> Option<EventTime> {
        let civil = time.civil().checked_add(self.by).ok()?;
        Some(match time {
            EventTime::Date(_) => EventTime::Date(civil.date()),
            EventTime::Floating(_) => EventTime::Floating(civil),
            EventTime::Zoned(_, zone) => EventTime::Zoned(civil, zone.clone()),
        })
    }

    /// The value of an UNTIL, moved as well.
    fn until(&self, text: &str) -> Option<String> {
        Some(match written(text)? {
            Written::Date(date) => write_date(date.at(0, 0, 0, 0).checked_add(self.by).ok()?.date()),
            Written::Local(local) => write_local(local.checked_add(self.by).ok()?),
            Written::Utc(instant) => {
                let place = self.of(instant.micros())?;
                match &self.to {
                    Frame::Date => write_date(self.to.civil(place).date()),
                    Frame::Floating => write_local(self.to.civil(place)),
                    Frame::Zoned(_) => {
                        format!("{}Z", write_local(Frame::Zoned(super::Zone::utc()).civil(place)))
                    }
                }
            }
        })
    }

    fn civil(&self, original: i64) -> Option<DateTime> {
        self.from.civil(original).checked_add(self.by).ok()
    }
}

impl Recurrence {
    /// The same rhythm for a start that moved: the dates it names move along, and a weekly rule on
    /// the day of the start follows it to another day.
    #[must_use]
    pub fn moved(&self, before: &EventTime, after: &EventTime) -> Self {
        let Some(renaming) = Renaming::between(before, after) else { return self.clone() };
        let day = |time: &EventTime| super::recurrence::parse::weekday_name(time.civil().weekday());
        let (old_day, new_day) = (format!("BYDAY={}", day(before)), format!("BYDAY={}", day(after)));
        let mut lines = Vec::new();
        for line in self.lines() {
            match dates(line) {
                None => lines.push(edited(line, |part| {
                    let until =
                        part.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("UNTIL"));
                    let until = until.and_then(|(_, text)| renaming.until(text));
                    Some(match until {
                        Some(until) => format!("UNTIL={until}"),
                        None if part.eq_ignore_ascii_case(&old_day) => new_day.clone(),
                        None => part.to_owned(),
                    })
                })),
                Some((name, items)) => {
                    let place = |item: &str| place(name, line, item, before);
                    let moved =
                        items.iter().map(|item| renaming.of(place(item)?)).collect::<Option<Vec<_>>>();
                    // What names its own end, or another kind of time, stays as it is.
                    match moved.filter(|_| !items.iter().any(|item| item.contains('/'))) {
                        Some(places) => lines.push(named(name, &renaming.to, &places)),
                        None => lines.push(line.clone()),
                    }
                }
            }
        }
        Self::restore(lines)
    }

    /// The rhythm before a place, and the rhythm from there on for a series that begins there.
    fn split(&self, start: &EventTime, at: i64) -> (Self, Self) {
        let frame = start.frame();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        for line in self.lines() {
            if let Some((name, items)) = dates(line) {
                let (mut earlier, mut later) = (Vec::new(), Vec::new());
                for item in items {
                    match place(name, line, item, start) {
                        Some(found) if found > at || (found == at && name == "EXDATE") => later.push(item),
                        // The new series begins there anyhow.
                        Some(found) if found == at => {}
                        _ => earlier.push(item),
                    }
                }
                let prefix = line.split_once(':').map_or(name, |(prefix, _)| prefix);
                for (side, items) in [(&mut head, earlier), (&mut tail, later)] {
                    if !items.is_empty() {
                        side.push(format!("{prefix}:{}", items.join(",")));
                    }
                }
                continue;
            }
            let alone = Self::restore(vec![line.clone()]);
            let count = |from: i64, to: i64| {
                let found = alone.occurrences(start, Length::default(), Window { from, to });
                (found.instances.len(), found.truncated)
            };
            let goes_on = alone.is_endless() || count(at, i64::MAX) != (0, false);
            if !goes_on {
                head.push(line.clone());
                continue;
            }
            let until = before(&frame, at);
            head.push(
                edited(line, |part| (!is_end(part)).then(|| part.to_owned())) + &format!(";UNTIL={until}"),
            );
            let done = count(i64::MIN, at).0;
            tail.push(edited(line, |part| {
                let left = |count: &str| count.trim().parse::<usize>().ok()?.checked_sub(done);
                let part = match part.split_once('=') {
                    Some((name, count)) if name.trim().eq_ignore_ascii_case("COUNT") => {
                        format!("COUNT={}", left(count).unwrap_or(1).max(1))
                    }
                    _ => part.to_owned(),
                };
                Some(part)
            }));
        }
        (Self::restore(head), Self::restore(tail))
    }
}

/// How many occurrences before a cut a series may name to leave them out.
const MOST_LEFT_OUT: usize = 1_000;

impl Recurrence {
    /// The rhythm counted from the same start, without what it names before a place.
    fn continued(&self, start: &EventTime, at: i64) -> Result<Self, Refusal> {
        let earlier = self.occurrences(start, Length::default(), Window { from: i64::MIN, to: at });
        if earlier.truncated || earlier.instances.len() > MOST_LEFT_OUT {
            return Err(errors::CANNOT_SPLIT.into());
        }
        let places: Vec<i64> = earlier.instances.iter().map(|instance| instance.start).collect();
        let mut lines = self.lines().to_vec();
        if !places.is_empty() {
            lines.push(named("EXDATE", &start.frame(), &places));
        }
        Ok(Self::restore(lines))
    }
}

impl Event {
    /// Gives the event another time and rhythm. Differing occurrences move along; those of a rhythm
    /// that is gone go with it.
    pub fn reschedule(&mut self, timing: Timing, recurrence: Recurrence) -> Result<(), Refusal> {
        recurrence.check_density(&timing.start)?;
        let old = self.timing.clone();
        if let Some(renaming) = old.as_ref().and_then(|old| Renaming::between(&old.start, &timing.start)) {
            for differs in &mut self.overrides {
                differs.follow(&renaming, old.as_ref(), &timing);
            }
        }
        if old.as_ref() != Some(&timing) || self.recurrence != recurrence {
            self.sequence += 1;
            self.overrides.retain(|differs| {
                let at = Window { from: differs.original, to: differs.original.saturating_add(1) };
                let found = recurrence.occurrences(&timing.start, Length::default(), at);
                found.instances.iter().any(|instance| instance.start == differs.original)
            });
        }
        self.timing = Some(timing);
        self.recurrence = recurrence;
        Ok(())
    }

    /// What an occurrence differs by, or would if it did.
    pub fn override_at(&self, original: i64) -> Option<Override> {
        let found = self.overrides.iter().find(|differs| differs.original == original);
        let timing = self.timing.as_ref()?;
        let start = timing.start.frame().time(original);
        let plain = || Override {
            original,
            timing: Timing { start, ..timing.clone() },
            details: self.details.clone(),
        };
        Some(found.cloned().unwrap_or_else(plain))
    }

    /// Lets an occurrence differ.
    pub fn put_override(&mut self, differs: Override) {
        self.overrides.retain(|other| other.original != differs.original);
        self.overrides.push(differs);
        self.overrides.sort_by_key(|differs| differs.original);
    }

    /// Takes an occurrence out of the series.
    pub fn exclude(&mut self, original: i64) {
        self.overrides.retain(|differs| differs.original != original);
        if let Some(timing) = &self.timing {
            self.recurrence = self.recurrence.without(&timing.start.frame().time(original));
        }
        self.sequence += 1;
    }

    /// Whether nothing of the series came before.
    pub fn begins_at(&self, original: i64) -> bool {
        let Some(timing) = &self.timing else { return true };
        let before = Window { from: i64::MIN, to: original };
        let found = self.recurrence.occurrences(&timing.start, Length::default(), before);
        found.instances.is_empty() && self.overrides.iter().all(|differs| differs.original >= original)
    }

    /// Whether anything is left of the series.
    pub fn is_empty(&self) -> bool {
        let Some(timing) = &self.timing else { return true };
        if self.recurrence.is_endless() || !self.overrides.is_empty() {
            return false;
        }
        let found = self.recurrence.occurrences(&timing.start, Length::default(), Window::ALWAYS);
        found.instances.is_empty() && !found.truncated
    }

    /// Cuts the series in two. This one keeps what was to begin before a place; what is from there on
    /// is answered as a series of its own, with the differing occurrences that belong to it.
    ///
    /// Usually the new series begins at the cut. Where its rhythm would then be another one (several
    /// rules that count from the old start, or a cut at a date that no rule names), it keeps the old
    /// start to count from, and leaves out by name what was before.
    ///
    /// # Errors
    /// `calendar.cannot_split` where that would be more than [`MOST_LEFT_OUT`] names.
    pub fn split_off(&mut self, at: i64, id: Id<Self>, now: Timestamp) -> Result<Self, Refusal> {
        let Some(timing) = self.timing.clone() else { return Err(errors::CANNOT_SPLIT.into()) };
        let (head, tail) = self.recurrence.split(&timing.start, at);
        let start = timing.start.frame().time(at);
        let near = Window { from: at, to: at.saturating_add(400 * DAY) };
        let names = |recurrence: &Recurrence, start: &EventTime| -> Vec<i64> {
            let found = recurrence.occurrences(start, Length::default(), near).instances;
            found.into_iter().map(|instance| instance.start).collect()
        };
        let (start, tail) = if names(&self.recurrence, &timing.start) == names(&tail, &start) {
            (start, tail)
        } else {
            (timing.start.clone(), self.recurrence.continued(&timing.start, at)?)
        };
        let (earlier, later) = self.overrides.drain(..).partition(|differs| differs.original < at);
        self.overrides = earlier;
        self.recurrence = head;
        self.sequence += 1;
        Ok(Self {
            id,
            uid: super::Uid::plain(id),
            timing: Some(Timing { start, ..timing }),
            recurrence: tail,
            overrides: later,
            completed_at: None,
            sequence: 0,
            version: 1,
            created_at: now,
            updated_at: now,
            ical: None,
            details: self.details.clone(),
            ..*self
        })
    }
}

impl Override {
    /// Follows its series to another start. What has a time of its own keeps it.
    fn follow(&mut self, renaming: &Renaming, old: Option<&Timing>, new: &Timing) {
        let Some(target) = renaming.of(self.original) else { return };
        let was_in_place =
            self.timing.start.frame() == renaming.from && self.timing.start.micros() == self.original;
        if was_in_place && old.is_some_and(|old| old.length == self.timing.length) {
            self.timing = Timing { start: renaming.to.time(target), ..new.clone() };
        }
        self.original = target;
    }
}

/// The name and the items of an RDATE or EXDATE line.
fn dates(line: &str) -> Option<(&'static str, Vec<&str>)> {
    let (head, value) = line.split_once(':')?;
    let name = head.split(';').next()?.trim();
    let name = ["RDATE", "EXDATE"].into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    Some((name, value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()))
}

/// Where an item of such a line is; `None` if it is of another kind than the series.
fn place(name: &str, line: &str, item: &str, start: &EventTime) -> Option<i64> {
    let prefix = line.split_once(':').map_or(name, |(prefix, _)| prefix);
    Recurrence::restore(vec![format!("{prefix}:{item}")]).only_date(start)
}

/// A line that names places; `name` may have parameters.
pub fn named(name: &str, frame: &Frame, places: &[i64]) -> String {
    let utc = matches!(frame, Frame::Zoned(zone) if zone.is_utc());
    let text = |place: &i64| match frame {
        Frame::Date => write_date(frame.civil(*place).date()),
        _ if utc => format!("{}Z", write_local(frame.civil(*place))),
        Frame::Floating | Frame::Zoned(_) => write_local(frame.civil(*place)),
    };
    let items: Vec<String> = places.iter().map(text).collect();
    let parameter = match frame {
        Frame::Date => ";VALUE=DATE".to_owned(),
        Frame::Zoned(zone) if !utc => format!(";TZID={zone}"),
        Frame::Floating | Frame::Zoned(_) => String::new(),
    };
    format!("{name}{parameter}:{}", items.join(","))
}

/// A rule with its parts edited.
fn edited(line: &str, part: impl Fn(&str) -> Option<String>) -> String {
    let Some((head, value)) = line.split_once(':') else { return line.to_owned() };
    let parts: Vec<String> = value.split(';').filter(|text| !text.is_empty()).filter_map(part).collect();
    format!("{head}:{}", parts.join(";"))
}

fn is_end(part: &str) -> bool {
    let name = part.split('=').next().unwrap_or_default().trim();
    name.eq_ignore_ascii_case("COUNT") || name.eq_ignore_ascii_case("UNTIL")
}

/// The UNTIL that still lets in whatever is before a place.
fn before(frame: &Frame, at: i64) -> String {
    match frame {
        Frame::Date => write_date(frame.civil(at.saturating_sub(DAY)).date()),
        Frame::Floating => write_local(frame.civil(at.saturating_sub(1_000_000))),
        Frame::Zoned(_) => {
            let utc = Frame::Zoned(super::Zone::utc());
            format!("{}Z", write_local(utc.civil(at.saturating_sub(1_000_000))))
        }
    }
}
