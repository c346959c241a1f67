//! Tasks: doing them, all at once or one occurrence after the other.

use madang_domain::{
    calendar::{Event, EventKind, EventTime, errors},
    shared::{Failure, Id, platform},
};

use super::{events::EventService, people::guests::named, queries::EventView};
use crate::shared::{Caller, Tx};

impl EventService {
    /// Marks a task, or one occurrence of a repeating one, as done; again keeps the first time. Who
    /// writes into the calendar may, and who is invited.
    ///
    /// # Errors
    /// 403, 404; `calendar.not_a_task`, `calendar.occurrence_required`.
    pub async fn complete(
        &self,
        caller: &Caller,
        id: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<EventView, Failure> {
        let now = self.clock.now();
        self.people.may_do(caller.user, id).await?;
        self.uow
            .run(async |tx| {
                let (mut event, original) = self.task(tx, id, occurrence).await?;
                if occurrence.is_none() && event.repeats() {
                    return Err(errors::OCCURRENCE_REQUIRED.at("?occurrence").into());
                }
                match original {
                    Some(original) => self.repository.complete(tx, id, original, now).await?,
                    None => event.complete(now)?,
                }
                self.touch(&mut event);
                self.save(tx, event).await
            })
            .await?;
        match occurrence {
            Some(at) => self.get_occurrence(caller, id, at).await,
            None => self.get(caller, id).await,
        }
    }

    /// Takes that mark away; of a repeating task without an occurrence, the mark on the whole of it that a
    /// file brought.
    ///
    /// # Errors
    /// 403, 404; `calendar.not_a_task`.
    pub async fn reopen(
        &self,
        caller: &Caller,
        id: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<(), Failure> {
        self.people.may_do(caller.user, id).await?;
        self.uow
            .run(async |tx| {
                let (mut event, original) = self.task(tx, id, occurrence).await?;
                match original {
                    Some(original) => self.repository.reopen(tx, id, original).await?,
                    None => event.reopen()?,
                }
                self.touch(&mut event);
                self.save(tx, event).await
            })
            .await
    }

    /// A task that is kept from others, and the name of the occurrence that is meant.
    async fn task(
        &self,
        tx: &mut Tx,
        id: Id<Event>,
        occurrence: Option<&EventTime>,
    ) -> Result<(Event, Option<i64>), Failure> {
        let calendar = self.repository.calendar_of(tx, id).await?.ok_or(platform::NOT_FOUND)?;
        self.repository.keep_calendar(tx, calendar).await?;
        let event = self.repository.event(tx, id).await?.ok_or(platform::NOT_FOUND)?;
        if event.kind != EventKind::Task {
            return Err(errors::NOT_A_TASK.into());
        }
        let original = occurrence.map(|at| named(&event, at)).transpose()?;
        let original = original.filter(|_| event.repeats());
        Ok((event, original))
    }
}
