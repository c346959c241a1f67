//! Puts the people to the events that somebody sees.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use madang_domain::{
    calendar::{Event, EventKind, EventTime, MemberRole, Visibility},
    shared::{Failure, Id, UserId, platform},
};

use super::guests::Entrance;
use crate::{
    calendar::queries::{EventView, Guest, People, PeopleOf, PeopleQueries},
    identity::queries::{UserQueries, UserSummary},
};

/// Reads the people of events.
pub struct PeopleService {
    queries: Arc<dyn PeopleQueries>,
    users: Arc<dyn UserQueries>,
    entrance: Arc<Entrance>,
}

impl PeopleService {
    /// With its ports.
    pub fn new(
        queries: Arc<dyn PeopleQueries>,
        users: Arc<dyn UserQueries>,
        entrance: Arc<Entrance>,
    ) -> Self {
        Self { queries, users, entrance }
    }

    /// An event that the viewer sees as its guest, or because it is open to them.
    pub async fn visited(&self, viewer: UserId, id: Id<Event>) -> Result<Option<EventView>, Failure> {
        let Some(door) = self.queries.door(viewer, id).await? else { return Ok(None) };
        let tie = self.entrance.tie(viewer, door.organizer).await?;
        let seen = door.kind != EventKind::Other && door.may_see(tie);
        Ok(if seen { self.queries.plain_event(id).await? } else { None })
    }

    /// Whether somebody may say that a task is done: who writes into its calendar, and who is
    /// invited.
    ///
    /// # Errors
    /// 403 for those who only see it, 404 for those who do not.
    pub async fn may_do(&self, viewer: UserId, id: Id<Event>) -> Result<(), Failure> {
        let (door, tie) = self.entrance.door(viewer, id).await?;
        if (door.invited && door.is_guests(tie)) || door.may_invite(viewer, tie).is_ok() {
            return Ok(());
        }
        let known = door.may_see(tie) || door.role.is_some();
        Err(if known { platform::FORBIDDEN } else { platform::NOT_FOUND }.into())
    }

    /// What the viewer sees of an event, or of one occurrence of it.
    pub async fn as_seen(&self, viewer: UserId, view: EventView) -> Result<Option<EventView>, Failure> {
        let Some(door) = self.queries.door(viewer, view.id).await? else { return Ok(None) };
        let tie = self.entrance.tie(viewer, door.organizer).await?;
        if door.is_guests(tie) {
            return Ok(Some(view));
        }
        if let Some(role) = door.role {
            return Ok(view.seen_by(role));
        }
        let open = door.may_see(tie) && view.visibility == Visibility::Public;
        Ok(Some(view).filter(|_| open))
    }

    /// Somebody as they are shown beside events.
    pub async fn summary(&self, user: UserId) -> Result<Option<UserSummary>, Failure> {
        Ok(self.users.summaries(&[user]).await?.pop())
    }

    /// Puts the people to events: two statements, however many events there are.
    pub async fn fill(&self, viewer: UserId, events: &mut [EventView]) -> Result<(), Failure> {
        let mut ids: Vec<Id<Event>> = events.iter().map(|event| event.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        self.fill_from(self.queries.people(viewer, &ids).await?, events).await
    }

    /// The same with people that were read before.
    pub async fn fill_from(&self, found: Vec<PeopleOf>, events: &mut [EventView]) -> Result<(), Failure> {
        let found: HashMap<Id<Event>, PeopleOf> = found.into_iter().map(|of| (of.event, of)).collect();
        let shown = events.iter().filter_map(|event| found.get(&event.id).filter(|of| of.shows(event)));
        let names: HashSet<UserId> =
            shown.flat_map(|of| of.guests.iter().map(|guest| guest.user).chain([of.organizer])).collect();
        let names = self.users.summaries(&names.into_iter().collect::<Vec<_>>()).await?;
        let names: HashMap<UserId, UserSummary> = names.into_iter().map(|user| (user.id, user)).collect();
        for event in events {
            if let Some(of) = found.get(&event.id).filter(|of| of.shows(event)) {
                if let Some(occurrence) = &event.occurrence {
                    let at = occurrence.micros();
                    let done = of.done.iter().find(|(original, _)| *original == at);
                    event.completed_at = event.completed_at.or(done.map(|(_, done)| *done));
                }
                event.people = of.seen(event, &names);
            }
        }
        Ok(())
    }
}

impl PeopleOf {
    /// Whether the viewer may know who comes to an event they see.
    fn shows(&self, event: &EventView) -> bool {
        self.guest
            || match self.role {
                Some(MemberRole::FreeBusy) => false,
                Some(MemberRole::Owner) => true,
                Some(MemberRole::Reader | MemberRole::Writer) | None => {
                    event.visibility == Visibility::Public
                }
            }
    }

    fn seen(&self, event: &EventView, names: &HashMap<UserId, UserSummary>) -> People {
        let whole_series = event.occurrence.is_none() && !event.recurrence.is_empty();
        let original = event.occurrence.as_ref().or(event.start.as_ref()).map(EventTime::micros);
        let here = |at: i64| whole_series || Some(at) == original;
        let own = self.answers.iter().filter(|answer| !whole_series && Some(answer.original) == original);
        let own: HashMap<UserId, _> = own.map(|answer| (answer.user, answer)).collect();
        let guests = self.guests.iter().filter_map(|guest| {
            let answer = own.get(&guest.user);
            Some(Guest {
                user: names.get(&guest.user)?.clone(),
                answer: answer.map_or(guest.answer, |own| own.answer),
                responded_at: answer.map_or(guest.responded_at, |own| Some(own.at)),
            })
        });
        let seats = || self.seats.iter().filter(|seats| here(seats.original));
        let mine = self.mine.iter().find(|(at, _)| !whole_series && Some(*at) == original);
        let guests: Vec<Guest> = guests.collect();
        People {
            organizer: names.get(&self.organizer).cloned(),
            my_answer: guests.iter().find(|guest| guest.user.id == self.viewer).map(|guest| guest.answer),
            my_seat: mine.map(|(_, seat)| *seat),
            reminders: self.reminders.clone(),
            guests,
            capacity: self.capacity,
            joined: seats().map(|seats| seats.joined).sum(),
            waiting: seats().map(|seats| seats.waiting).sum(),
        }
    }
}
