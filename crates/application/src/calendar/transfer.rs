//! iCalendar files in and out.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use madang_domain::{
    calendar::{
        Calendar, CalendarName, Color, Description, Event, Materialised, MemberRole, Tier, Uid, Zone,
        domain_events::EventHidden, errors,
    },
    shared::{Failure, Id, Timestamp, UserId, platform},
};
use serde::{Deserialize, Serialize};

use super::{
    alarms::{self, Taken},
    following::{Cuts, Follower, Seen},
    guestbook::{Guestbook, GuestbookReader, OwnAlarms},
    people::Seating,
    pieces::Pieces,
    policy,
    ports::{CalendarRepository, Entry, ICalendarText, Warning},
    queries::{CalendarQueries, CalendarView},
    reminders::ReminderRepository,
};
use crate::shared::{Caller, Clock, Stepwise, Tx, UnitOfWork, new_id};

/// Largest file that is taken, in bytes.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Most entries of one file.
const MOST_ENTRIES: usize = 20_000;

/// How many entries are looked up and written at a time.
const CHUNK: usize = 200;

/// Most warnings about seats that are gone.
const MOST_UNSEATED: usize = 200;

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Entries that are new.
    pub created: u32,
    /// Entries that were there and changed.
    pub updated: u32,
    /// Entries that were there just so, and those that cannot be read: these are kept as they came.
    pub skipped: u32,
    /// What was repaired, or kept without being understood.
    pub warnings: Vec<Warning>,
}

/// How far an import is.
#[derive(Default, Serialize, Deserialize)]
struct Counts {
    created: u32,
    updated: u32,
    skipped: u32,
    /// How many groups of entries are written. Imports in one transaction did not say it.
    #[serde(default)]
    done: usize,
    /// Lines and uids of what lost its date, and the seats and answers with it.
    #[serde(default)]
    unseated: Vec<(u64, String)>,
}

/// The use cases of files.
pub struct TransferService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn CalendarRepository>,
    queries: Arc<dyn CalendarQueries>,
    guests: Arc<GuestbookReader>,
    text: Arc<dyn ICalendarText>,
    reminders: Arc<dyn ReminderRepository>,
    seating: Arc<Seating>,
    clock: Arc<dyn Clock>,
}

/// A file on its way into a calendar.
struct Import<'a> {
    service: &'a TransferService,
    calendar: Id<Calendar>,
    user: UserId,
    home: Zone,
    cuts: Cuts,
    pieces: Pieces,
}

#[async_trait]
impl Stepwise for Import<'_> {
    type Known = Counts;

    async fn keep(&self, tx: &mut Tx) -> Result<(), Failure> {
        let found = self.service.repository.lock_calendar(tx, self.calendar, self.user).await?;
        policy::may_write(found.and_then(|(_, role)| role))?;
        Ok(())
    }

    async fn step(&self, tx: &mut Tx, counts: &mut Counts) -> Result<bool, Failure> {
        let (service, home, user) = (self.service, &self.home, self.user);
        let piece = self.pieces.next(counts.done);
        counts.done += piece.len();
        let more = counts.done < self.pieces.count();
        let (cuts, seen) = (&self.cuts, Seen::default());
        let mut taking = Taking { calendar: self.calendar, home, user, cuts, counts: &mut *counts, seen };
        let entries: Vec<&Entry> = piece.iter().flatten().collect();
        for entries in entries.chunks(CHUNK) {
            service.take(tx, &mut taking, entries).await?;
        }
        let follower = Follower {
            seating: &service.seating,
            reminders: &*service.reminders,
            text: &*service.text,
            user,
            home,
            now: service.clock.now(),
        };
        let seen = taking.seen;
        let unseated = follower.follow(tx, seen).await?;
        let lines = piece.iter().flatten().filter(|entry| unseated.contains(&entry.uid));
        let room = MOST_UNSEATED.saturating_sub(counts.unseated.len());
        counts.unseated.extend(lines.map(|entry| (entry.line, shortened(&entry.uid))).take(room));
        Ok(more)
    }
}

/// What an import is doing while it is at it.
struct Taking<'a> {
    calendar: Id<Calendar>,
    home: &'a Zone,
    user: UserId,
    cuts: &'a Cuts,
    counts: &'a mut Counts,
    seen: Seen,
}

impl TransferService {
    /// With its collaborators.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        queries: Arc<dyn CalendarQueries>,
        guests: Arc<GuestbookReader>,
        text: Arc<dyn ICalendarText>,
        reminders: Arc<dyn ReminderRepository>,
        seating: Arc<Seating>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, queries, guests, text, reminders, seating, clock }
    }

    /// Takes the entries of a file into a calendar, piece by piece, so that others can write meanwhile.
    /// What has a uid that is there already replaces it; what is just so already is skipped, so that
    /// repeating an import changes nothing, and brings in what an import that was broken off did not.
    pub async fn import(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        file: Vec<u8>,
    ) -> Result<ImportReport, Failure> {
        // Before the file is read, so that a stranger cannot make the server work.
        let view = self.queries.calendar(caller.user, calendar).await?;
        policy::may_write(view.as_ref().map(|view| view.my_role))?;
        let home = view.map_or_else(Zone::utc, |view| Zone::restore(&view.time_zone));
        let mut file = self.text.read(file, self.clock.now()).await?;
        if file.entries.len() > MOST_ENTRIES {
            return Err(errors::TOO_MANY_COMPONENTS.with("max", MOST_ENTRIES).into());
        }
        alarms::report(&mut file, &home);
        let cuts = Cuts::of(&file.entries);
        let once = caller.origin.once.as_ref();
        let pieces = Pieces::of(file.entries);
        let work = Import { service: self, calendar, user: caller.user, home, cuts, pieces };
        let Counts { created, updated, skipped, unseated, .. } = self.uow.run_in_steps(once, &work).await?;
        let unseated = unseated.into_iter().map(|(line, uid)| Warning {
            line,
            uid: Some(uid),
            code: "droppedSeats",
            text: "It has no date any more; seats and answers to its dates are gone.".to_owned(),
        });
        file.warnings.extend(unseated);
        Ok(ImportReport { created, updated, skipped, warnings: file.warnings })
    }

    /// The whole calendar as a file, as far as the caller sees it.
    pub async fn export(&self, caller: &Caller, calendar: Id<Calendar>) -> Result<String, Failure> {
        let view = self.queries.calendar(caller.user, calendar).await?.ok_or(platform::NOT_FOUND)?;
        let role = view.my_role;
        let events = self.queries.export(calendar).await?;
        let own = match role {
            MemberRole::Owner => HashSet::new(),
            MemberRole::FreeBusy | MemberRole::Reader | MemberRole::Writer => {
                self.queries.organized(calendar, caller.user).await?
            }
        };
        let eyes = |event: &Event| if own.contains(&event.id) { MemberRole::Owner } else { role };
        let seen = |event: Event| {
            let eyes = eyes(&event);
            event.seen_by(eyes)
        };
        let events: Vec<Event> = events.into_iter().filter_map(seen).collect();
        let mut people = self.guests.read(calendar).await?;
        // Who sees an event fully sees who comes to it; of the others not even that there is company.
        let full = |event: &Event| Tier::of(eyes(event), event.kind, event.details.visibility) == Tier::Full;
        let full: HashSet<Id<Event>> =
            events.iter().filter(|event| full(event)).map(|event| event.id).collect();
        people.retain(|event, _| full.contains(event));
        let reminders = self.queries.reminders(calendar, caller.user).await?;
        let alarms = OwnAlarms { of: caller.user, home: Zone::restore(&view.time_zone), reminders };
        Ok(self.text.write(
            &as_calendar(view),
            &events,
            &Guestbook::Open { people, alarms },
            self.clock.now(),
        ))
    }

    async fn take(&self, tx: &mut Tx, taking: &mut Taking<'_>, entries: &[&Entry]) -> Result<(), Failure> {
        let Taking { calendar, home, user, cuts, counts, seen } = taking;
        let (calendar, home, user) = (*calendar, *home, *user);
        let uids: Vec<Uid> = entries.iter().map(|entry| entry.uid.clone()).collect();
        let known = self.repository.events_by_uid(tx, calendar, &uids).await?;
        let mut known: HashMap<Uid, Event> =
            known.into_iter().map(|event| (event.uid.clone(), event)).collect();
        let ids: Vec<Id<Event>> = known.values().map(|event| event.id).collect();
        let own = self.reminders.of(tx, user, &ids).await?;
        let mine = OwnAlarms { of: user, home: home.clone(), reminders: own };
        let now = self.clock.now();
        let mut saved: Vec<(Event, Materialised)> = Vec::new();
        let mut taken = Vec::new();
        for entry in entries {
            let old = known.remove(&entry.uid);
            let asked = alarms::reminders_of(entry, home);
            if let Some(old) = &old
                && self.says_nothing_new(old, entry, &mine)
            {
                counts.skipped += 1;
                // Somebody else brought it in first; the alarms are theirs.
                if old.alarms_of != Some(user) && !asked.is_empty() {
                    taken.push(Taken { event: old.id, before: BTreeSet::new(), now: asked });
                }
                continue;
            }
            if entry.is_unreadable() {
                counts.skipped += 1;
            } else if old.is_some() {
                counts.updated += 1;
            } else {
                counts.created += 1;
            }
            let before = match &old {
                Some(old) if old.alarms_of == Some(user) => self.text.alarms(old, home),
                _ => BTreeSet::new(),
            };
            let event = merged(entry, old.as_ref(), (calendar, user), cuts, now);
            match old {
                Some(old) => {
                    if event.is_hidden_since(&old) {
                        tx.publish(&EventHidden { event: event.id })?;
                    }
                    seen.changed(old, &event);
                }
                None => seen.made(entry, &event, &asked),
            }
            if !asked.is_empty() || !before.is_empty() {
                taken.push(Taken { event: event.id, before, now: asked });
            }
            let rows = event.materialise(now);
            saved.push((event, rows));
        }
        if !saved.is_empty() {
            self.repository.save_events(tx, calendar, &saved).await?;
        }
        alarms::take(&*self.reminders, tx, user, &taken, &mine.reminders, now).await
    }

    /// Whether a file says of an event what is kept of it, or what its bearer was given of it.
    fn says_nothing_new(&self, old: &Event, entry: &Entry, mine: &OwnAlarms) -> bool {
        // What an older version could only keep is read as what it is by now.
        if old.kind != entry.kind {
            return false;
        }
        self.text.same(&self.text.components(old), &entry.ical)
            || (old.alarms_of.is_some() && self.text.same(&self.text.personal(old, mine), &entry.ical))
    }
}

/// The beginning of a uid, for a warning.
fn shortened(uid: &Uid) -> String {
    uid.as_str().chars().take(60).collect()
}

fn merged(
    entry: &Entry,
    old: Option<&Event>,
    (calendar, user): (Id<Calendar>, UserId),
    cuts: &Cuts,
    now: Timestamp,
) -> Event {
    Event {
        id: old.map_or_else(new_id, |old| old.id),
        calendar,
        uid: entry.uid.clone(),
        kind: entry.kind,
        details: entry.details.clone(),
        timing: entry.timing.clone(),
        recurrence: entry.recurrence.clone(),
        overrides: entry.overrides.clone(),
        completed_at: entry.completed_at,
        sequence: entry.sequence,
        version: old.map_or(0, |old| old.version) + cuts.versions(&entry.uid),
        created_at: old.map_or(now, |old| old.created_at),
        updated_at: now,
        ical: Some(entry.ical.clone()),
        alarms_of: entry.ical.contains("BEGIN:VALARM").then_some(user),
    }
}

pub(super) fn as_calendar(view: CalendarView) -> Calendar {
    Calendar {
        id: view.id,
        owner: view.owner,
        is_default: view.is_default,
        name: CalendarName::restore(view.name),
        description: Description::restore(view.description),
        color: Color::restore(view.color),
        zone: Zone::restore(&view.time_zone),
        version: view.version,
        created_at: view.created_at,
        updated_at: view.updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What imports kept under their keys before they went in pieces.
    #[test]
    fn n02_the_result_of_an_import_in_one_piece_is_still_read() {
        let kept: Counts = serde_json::from_str(r#"{"created":1,"updated":2,"skipped":3}"#).unwrap();
        assert_eq!((kept.created, kept.updated, kept.skipped), (1, 2, 3));
        assert_eq!((kept.done, kept.unseated), (0, Vec::new()));
    }
}
