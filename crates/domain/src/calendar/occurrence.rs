//! What a range answers: the single happenings of an event.

use uuid::Uuid;

use super::{
    Event, EventKind, EventStatus, Timing, Window,
    recurrence::Expansion,
    time::{DAY, WIDEST_OFFSET},
};
use crate::shared::{Id, Timestamp};

/// Finite series up to this long are written out wholly.
const WHOLE: usize = 750;

/// Most rows one event may have; denser series are expanded when they are read.
const MOST_ROWS: usize = 2_000;

/// How far back and ahead of the day of writing endless series are written out.
const BEHIND: i64 = 396 * DAY;
const AHEAD: i64 = 762 * DAY;

/// The stretch for series that repeat within a day.
const NEAR: i64 = 30 * DAY;

/// One happening. Its times lie on the line of its own frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Where it begins.
    pub start: i64,
    /// Where it ends.
    pub end: i64,
    /// Where the series began it: its name within the event, stable when it is moved.
    pub original: i64,
    /// Whether times are digits, which mean an instant only to a viewer.
    pub floats: bool,
    /// The index into [`Event::overrides`], if it differs from its series.
    pub differs: Option<usize>,
}

impl Occurrence {
    /// Tells occurrences apart that begin at the same moment; the same for the same occurrence.
    pub fn id(&self, event: Id<Event>) -> Uuid {
        let (high, low) = event.uuid().as_u64_pair();
        // An odd factor spreads neighbouring starts over all bits without losing any.
        Uuid::from_u64_pair(high, low ^ self.original.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// The occurrences to write down for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Materialised {
    /// The rows.
    pub occurrences: Vec<Occurrence>,
    /// The stretch they cover; `None` if they are all there are.
    pub covers: Option<Window>,
    /// A place before which nothing happens.
    pub first: i64,
    /// A place after which nothing happens, if known.
    pub last: Option<i64>,
}

impl Event {
    /// Whether nobody can plan something else at an occurrence: what is cancelled, transparent, or
    /// only to be done takes up no time (RFC 4791 7.10).
    pub fn blocks_at(&self, occurrence: &Occurrence) -> bool {
        let differs = occurrence.differs.and_then(|index| self.overrides.get(index));
        let details = differs.map_or(&self.details, |differs| &differs.details);
        self.kind == EventKind::Event && details.blocks && details.status != EventStatus::Cancelled
    }

    /// The occurrences overlapping a window on the line of the event's frame, ascending, with the
    /// differing ones in place of those they replace.
    pub fn occurrences(&self, window: Window) -> (Vec<Occurrence>, bool) {
        let Some(timing) = &self.timing else { return (Vec::new(), false) };
        let expansion = self.recurrence.occurrences(&timing.start, timing.length, window);
        let truncated = expansion.truncated;
        (self.with_overrides(timing, expansion, window), truncated)
    }

    /// Whether an occurrence has this name: where the series began it, wherever it is now.
    pub fn has_occurrence(&self, original: i64) -> bool {
        let Some(timing) = &self.timing else { return false };
        if self.overrides.iter().any(|differs| differs.original == original) {
            return true;
        }
        let at = Window { from: original, to: original.saturating_add(1) };
        let found = self.recurrence.occurrences(&timing.start, super::Length::default(), at);
        found.instances.iter().any(|instance| instance.start == original)
    }

    /// The occurrence of that name.
    pub fn occurrence(&self, original: i64) -> Option<Occurrence> {
        let differs = self.overrides.iter().position(|differs| differs.original == original);
        if !self.has_occurrence(original) {
            return None;
        }
        let timing = differs.map_or(self.timing.as_ref(), |index| Some(&self.overrides[index].timing))?;
        let start = differs.map_or(original, |_| timing.start.micros());
        let own = Window { from: original, to: original.saturating_add(1) };
        let length = self.timing.as_ref()?;
        let found = self.recurrence.occurrences(&length.start, length.length, own).instances;
        let instance = found.iter().find(|instance| instance.start == original).filter(|_| differs.is_none());
        let end = instance.map_or_else(|| timing.end_of(start), |instance| instance.end);
        Some(Occurrence { start, end, original, floats: timing.start.frame().floats(), differs })
    }

    fn with_overrides(&self, timing: &Timing, expansion: Expansion, window: Window) -> Vec<Occurrence> {
        let floats = timing.start.frame().floats();
        let replaced = |original: i64| self.overrides.iter().any(|differs| differs.original == original);
        let mut occurrences: Vec<Occurrence> = expansion
            .instances
            .into_iter()
            .filter(|instance| !replaced(instance.start))
            .map(|instance| Occurrence {
                start: instance.start,
                end: instance.end,
                original: instance.start,
                floats,
                differs: None,
            })
            .collect();
        for (index, differs) in self.overrides.iter().enumerate() {
            let start = differs.timing.start.micros();
            let end = differs.timing.end_of(start);
            let floats = differs.timing.start.frame().floats();
            // A day moved to a time of day lives on another line; look a little further there.
            let slack = if floats == timing.start.frame().floats() { 0 } else { WIDEST_OFFSET };
            if window.widened(slack).overlaps(start, end) {
                occurrences.push(Occurrence {
                    start,
                    end,
                    original: differs.original,
                    floats,
                    differs: Some(index),
                });
            }
        }
        occurrences.sort_unstable();
        occurrences
    }

    /// What to write down, as seen on the day of writing.
    pub fn materialise(&self, now: Timestamp) -> Materialised {
        let Some(timing) = &self.timing else {
            return Materialised {
                occurrences: Vec::new(),
                covers: None,
                first: i64::MAX,
                // What has no date is never over.
                last: (self.kind != EventKind::Task).then_some(i64::MIN),
            };
        };
        let moved = || self.overrides.iter().map(|differs| &differs.timing);
        let starts = moved().map(|timing| timing.start.micros()).chain([timing.start.micros()]);
        let first = starts.min().unwrap_or(i64::MIN);
        let ends = moved().map(|timing| timing.end_of(timing.start.micros()));
        let length = timing.length.at_most();
        let last = self.recurrence.ends_by(&timing.start);
        let last = last.map(|last| ends.fold(last.saturating_add(length), i64::max));
        if !self.recurrence.is_endless() {
            let (occurrences, truncated) = self.occurrences(Window::ALWAYS);
            if !truncated && occurrences.len() <= WHOLE {
                return Materialised { occurrences, covers: None, first, last };
            }
        }
        let now = now.micros();
        for (behind, ahead) in [(BEHIND, AHEAD), (NEAR, NEAR)] {
            let window = Window { from: now - behind, to: now + ahead };
            let (occurrences, truncated) = self.occurrences(window);
            if !truncated && occurrences.len() <= MOST_ROWS {
                return Materialised { occurrences, covers: Some(window), first, last };
            }
        }
        Materialised { occurrences: Vec::new(), covers: Some(Window { from: now, to: now }), first, last }
    }
}
