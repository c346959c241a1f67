//! What becomes of the alarms of a file: reminders of whoever brings it in.

use std::collections::{BTreeSet, HashMap};

use madang_domain::{
    calendar::{Event, Reminder, Zone, alarm},
    shared::{Failure, Id, Timestamp, UserId},
};

use super::{
    ports::{Entry, ReadFile, Warning},
    reminders::ReminderRepository,
};
use crate::shared::Tx;

/// Most warnings of one report about alarms: a file with thousands says the same of each.
const MOST_WARNINGS: usize = 200;

/// The reminders that an entry's alarms ask for.
pub(super) fn reminders_of(entry: &Entry, home: &Zone) -> BTreeSet<Reminder> {
    alarm::taken(&understood(entry, home).into_iter().flatten().collect::<Vec<_>>())
}

/// Says which alarms of a file are kept without ringing here.
pub(super) fn report(file: &mut ReadFile, home: &Zone) {
    let mut warnings = Vec::new();
    for entry in &file.entries {
        let ringing = reminders_of(entry, home);
        for (found, reminders) in entry.alarms.iter().zip(understood(entry, home)) {
            if reminders.is_some_and(|reminders| reminders.is_subset(&ringing)) {
                continue;
            }
            warnings.push(Warning {
                line: found.line,
                uid: Some(entry.uid.as_str().chars().take(60).collect()),
                code: "keptNotRinging",
                text: "This alarm is kept and exported, but is no reminder here.".to_owned(),
            });
        }
    }
    warnings.truncate(MOST_WARNINGS);
    file.warnings.append(&mut warnings);
}

fn understood(entry: &Entry, home: &Zone) -> Vec<Option<BTreeSet<Reminder>>> {
    let in_series = entry.recurrence.repeats() || !entry.overrides.is_empty();
    let each = entry.alarms.iter().map(|found| {
        let timing = entry.timing.as_ref()?;
        found.alarm?.reminders(timing, in_series, home)
    });
    each.collect()
}

/// An event as it was before a file came, and as it is now, with the reminders its alarms ask for.
pub(super) struct Taken {
    pub(super) event: Id<Event>,
    pub(super) before: BTreeSet<Reminder>,
    pub(super) now: BTreeSet<Reminder>,
}

/// Gives whoever brings a file in the reminders its alarms ask for, and takes those that an earlier
/// file asked for and this one does not. What they set by hand stays.
pub(super) async fn take(
    reminders: &dyn ReminderRepository,
    tx: &mut Tx,
    user: UserId,
    taken: &[Taken],
    own: &HashMap<Id<Event>, Vec<Reminder>>,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut fresh = Vec::new();
    for Taken { event, before, now: asked } in taken {
        let has: BTreeSet<Reminder> = own.get(event).into_iter().flatten().copied().collect();
        let gone: BTreeSet<Reminder> =
            before.difference(asked).copied().filter(|one| has.contains(one)).collect();
        let kept: BTreeSet<Reminder> = has.difference(&gone).copied().collect();
        // As many as anybody may have come beside those somebody set by hand.
        let room = (2 * Reminder::PER_EVENT).saturating_sub(kept.len());
        let new = asked.difference(&kept).copied().take(room);
        if gone.is_empty() {
            fresh.extend(new.map(|reminder| (*event, reminder)));
        } else {
            let all: Vec<Reminder> = kept.iter().copied().chain(new).collect();
            reminders.replace(tx, *event, user, &all, now).await?;
        }
    }
    if !fresh.is_empty() {
        reminders.add(tx, user, &fresh, now).await?;
    }
    Ok(())
}
