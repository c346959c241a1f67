//! What hangs on the occurrences of a series follows it when a file moves or cuts it: answers, seats
//! and completions at once, reminders as well, and whoever keeps something of their own is told, as
//! when somebody edits the series here.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use madang_domain::{
    calendar::{
        Event, EventStatus, Reminder, Renaming, Uid, Zone,
        domain_events::{Renamed, SeriesMoved, SeriesSplit},
    },
    shared::{Failure, Id, Timestamp, UserId},
};

use super::{
    alarms::{self, Taken},
    people::Seating,
    ports::{Cut, Entry, ICalendarText},
    reminders::ReminderRepository,
};
use crate::shared::Tx;

/// How often each series is cut by a file.
pub(super) struct Cuts(HashMap<Uid, i64>);

impl Cuts {
    /// Of the entries of a file.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut cuts = HashMap::new();
        for cut in entries.iter().filter_map(|entry| entry.cut.as_ref()) {
            *cuts.entry(cut.of.clone()).or_insert(0) += 1;
        }
        Self(cuts)
    }

    /// How many versions an event of that uid passes through, for each change of names has its own.
    pub(super) fn versions(&self, uid: &Uid) -> i64 {
        1 + self.0.get(uid).copied().unwrap_or(0)
    }
}

/// What a file did that names of occurrences may depend on.
#[derive(Default)]
pub(super) struct Seen {
    changed: Vec<(Event, Event)>,
    made: HashMap<Uid, Vec<Made>>,
}

/// A new event that goes on for another, and the reminders its alarms ask for.
struct Made {
    cut: Cut,
    event: Event,
    reminders: BTreeSet<Reminder>,
}

/// What changes names, one after the other.
enum Step {
    Moved(Renamed),
    Cut(SeriesSplit),
}

impl Seen {
    /// An event that was there is another one now.
    pub(super) fn changed(&mut self, before: Event, after: &Event) {
        let ended = after.details.status == EventStatus::Cancelled;
        if before.repeats() || ended || is_undated(&before, after) {
            self.changed.push((before, after.clone()));
        }
    }

    /// An event is new; its alarms ask for these reminders.
    pub(super) fn made(&mut self, entry: &Entry, event: &Event, reminders: &BTreeSet<Reminder>) {
        if let Some(cut) = &entry.cut {
            let (of, cut, event) = (cut.of.clone(), cut.clone(), event.clone());
            self.made.entry(of).or_default().push(Made { cut, event, reminders: reminders.clone() });
        }
    }
}

/// Brings everything along.
pub(super) struct Follower<'a> {
    pub(super) seating: &'a Seating,
    pub(super) reminders: &'a dyn ReminderRepository,
    pub(super) text: &'a dyn ICalendarText,
    pub(super) user: UserId,
    pub(super) home: &'a Zone,
    pub(super) now: Timestamp,
}

impl Follower<'_> {
    /// After everything is written down; answers what lost its date, and seats or answers with it.
    pub(super) async fn follow(&self, tx: &mut Tx, mut seen: Seen) -> Result<HashSet<Uid>, Failure> {
        let mut unseated = HashSet::new();
        // In one order, so that two files do not wait for each other.
        seen.changed.sort_by_key(|(before, _)| before.id);
        for (before, after) in &seen.changed {
            let is_on = |event: &Event| event.details.status != EventStatus::Cancelled;
            if is_on(before) && !is_on(after) {
                self.seating.cancelled(tx, after.id, self.user, self.now).await?;
            }
            self.follow_one(tx, (before, after), &seen.made).await?;
            // What went on elsewhere took its people along; nobody could leave what is left.
            if is_undated(before, after) && self.seating.unseated(tx, after.id).await? {
                unseated.insert(after.uid.clone());
            }
        }
        Ok(unseated)
    }

    async fn follow_one(
        &self,
        tx: &mut Tx,
        (before, after): (&Event, &Event),
        made: &HashMap<Uid, Vec<Made>>,
    ) -> Result<(), Failure> {
        let mut steps = Vec::new();
        let mut version = before.version;
        let renamed = before.renamed_as(after);
        if let Some(renamed) = &renamed {
            version += 1;
            tx.publish(&SeriesMoved {
                event: after.id,
                version,
                calendar: after.calendar,
                renamed: renamed.clone(),
            })?;
            steps.push(Step::Moved(renamed.clone()));
        }
        let had = |name: i64| match (&renamed, &before.timing, &after.timing) {
            (Some(_), Some(old), Some(new)) => Renaming::between(&new.start, &old.start)
                .and_then(|back| back.of(name))
                .is_some_and(|name| before.has_occurrence(name)),
            _ => before.has_occurrence(name),
        };
        let mut into: Vec<(&Event, &BTreeSet<_>)> = Vec::new();
        let mut sources = VecDeque::from([(after, version)]);
        while let Some((source, mut version)) = sources.pop_front() {
            let mut cuts: Vec<&Made> = made.get(&source.uid).into_iter().flatten().collect();
            // Those behind first: what is cut in front of them has the rest.
            cuts.sort_by_key(|made| std::cmp::Reverse(made.cut.from));
            for Made { cut, event, reminders } in cuts {
                let is_ours = source.id != after.id || had(cut.from);
                if !is_ours || source.has_occurrence(cut.from) {
                    continue;
                }
                version += 1;
                let split = SeriesSplit {
                    event: source.id,
                    version,
                    into: event.id,
                    into_version: 1,
                    calendar: source.calendar,
                    from: cut.from,
                    renamed: cut.renamed.clone(),
                };
                tx.publish(&split)?;
                steps.push(Step::Cut(split));
                into.push((event, reminders));
                sources.push_back((event, 1));
            }
        }
        if steps.is_empty() {
            return Ok(());
        }
        let ids: Vec<Id<Event>> = into.iter().map(|(event, _)| event.id).collect();
        let there: HashMap<Id<Event>, &Event> =
            into.iter().map(|(event, _)| *event).chain([after]).map(|event| (event.id, event)).collect();
        let place = |original: i64| {
            let place = place(after.id, &steps, original);
            there.get(&place.0).is_some_and(|event| event.has_occurrence(place.1)).then_some(place)
        };
        self.seating.followed(tx, after.id, &ids, place).await?;
        for id in &ids {
            self.reminders.branch(tx, after.id, *id).await?;
        }
        self.ring_as_asked(tx, before, &into).await
    }

    /// What the file of the old series asked to be reminded of, and that of the rest does not, does not
    /// ring there.
    async fn ring_as_asked(
        &self,
        tx: &mut Tx,
        before: &Event,
        into: &[(&Event, &BTreeSet<Reminder>)],
    ) -> Result<(), Failure> {
        if into.is_empty() || before.alarms_of != Some(self.user) {
            return Ok(());
        }
        let ids: Vec<Id<Event>> = into.iter().map(|(event, _)| event.id).collect();
        let own = self.reminders.of(tx, self.user, &ids).await?;
        let asked = self.text.alarms(before, self.home);
        let taken: Vec<Taken> = into
            .iter()
            .map(|(event, now)| Taken { event: event.id, before: asked.clone(), now: (*now).clone() })
            .collect();
        alarms::take(self.reminders, tx, self.user, &taken, &own, self.now).await
    }
}

fn is_undated(before: &Event, after: &Event) -> bool {
    before.timing.is_some() && after.timing.is_none()
}

fn place(event: Id<Event>, steps: &[Step], original: i64) -> (Id<Event>, i64) {
    steps.iter().fold((event, original), |(at, name), step| match step {
        Step::Moved(renamed) => (at, renamed.of(name)),
        Step::Cut(split) if split.event == at => split.place_of(name),
        Step::Cut(_) => (at, name),
    })
}
