//! What is shown beside messages. For messages that go out live, the names and pictures of people
//! who talk are remembered for some seconds: a busy room would otherwise ask for the same few people
//! with each message. Whoever asks gets them as they are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madang_domain::shared::{Failure, PictureId, Timestamp, UserId};

use super::Spoken;
use crate::{
    identity::queries::{Need, UserQueries, UserSummary},
    shared::{Audience, Clock, Pictures},
};
use madang_domain::chat::Message;

/// A changed name or picture goes out with live messages after this time.
const FRESH: Duration = Duration::from_secs(10);
/// More are not remembered.
const MANY: usize = 10_000;

type Known = HashMap<UserId, (Timestamp, Option<UserSummary>)>;

/// Knows people.
pub struct Faces {
    users: Arc<dyn UserQueries>,
    pictures: Arc<dyn Pictures>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    ready: Mutex<HashMap<UserId, Timestamp>>,
}

impl Faces {
    /// Knows nobody yet.
    pub fn new(users: Arc<dyn UserQueries>, pictures: Arc<dyn Pictures>, clock: Arc<dyn Clock>) -> Self {
        Self { users, pictures, clock, known: Mutex::default(), ready: Mutex::default() }
    }

    /// Refuses those whose profile is not ready to be shown to others. Who was ready is for some
    /// seconds: with each message everybody would be asked for.
    ///
    /// # Errors
    /// `identity.profile_incomplete`
    pub async fn may_be_shown(&self, user: UserId) -> Result<(), Failure> {
        let now = self.clock.now();
        {
            let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            if ready.get(&user).is_some_and(|at| now.since(*at) < FRESH && *at <= now) {
                return Ok(());
            }
        }
        self.users.require(user, Need::Nickname).await?;
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= MANY {
            ready.clear();
        }
        ready.insert(user, now);
        Ok(())
    }

    /// These people as they are now, as far as they have an account.
    ///
    /// # Errors
    /// If the store cannot be asked.
    pub async fn of(
        &self,
        people: impl IntoIterator<Item = UserId>,
    ) -> anyhow::Result<HashMap<UserId, UserSummary>> {
        let people: Vec<_> = people.into_iter().collect();
        let faces = self.users.summaries(&people).await?;
        Ok(faces.into_iter().map(|face| (face.id, face)).collect())
    }

    /// These people as they were some seconds ago.
    async fn remembered(
        &self,
        people: impl IntoIterator<Item = UserId>,
    ) -> anyhow::Result<HashMap<UserId, UserSummary>> {
        let now = self.clock.now();
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            for person in people {
                match known.get(&person) {
                    Some((at, face)) if now.since(*at) < FRESH && *at <= now => {
                        found.extend(face.clone().map(|face| (person, face)));
                    }
                    _ => missing.push(person),
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        missing.sort();
        missing.dedup();
        let fetched = self.users.summaries(&missing).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + missing.len() > MANY {
            known.clear();
        }
        for person in missing {
            let face = fetched.iter().find(|face| face.id == person).cloned();
            found.extend(face.clone().map(|face| (person, face)));
            known.insert(person, (now, face));
        }
        Ok(found)
    }

    /// Messages with whoever said them, and with their pictures as this audience gets them.
    ///
    /// # Errors
    /// If the store cannot be asked.
    pub async fn beside(&self, messages: Vec<Message>, audience: Audience) -> anyhow::Result<Vec<Spoken>> {
        let senders = messages.iter().filter_map(|message| message.sender);
        let faces = match audience {
            Audience::Circle => self.remembered(senders).await?,
            Audience::Person(_) => self.of(senders).await?,
        };
        let ids: Vec<PictureId> =
            messages.iter().flat_map(|message| message.pictures.iter().copied()).collect();
        let shown = self.pictures.shown(audience, &ids).await?;
        let spoken = messages.into_iter().map(|message| {
            let sender = message.sender.and_then(|sender| faces.get(&sender).cloned());
            let picture = |id| shown.iter().find(|picture| picture.id == id).cloned();
            let pictures = message.pictures.iter().filter_map(|id| picture(*id)).collect();
            Spoken { message, sender, pictures }
        });
        Ok(spoken.collect())
    }
}
