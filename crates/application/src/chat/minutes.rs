//! Writing down what is said.

use std::sync::Arc;

use madang_domain::{
    chat::{Message, errors::NOT_A_MEMBER},
    shared::{Failure, platform},
};

use super::{Append, Appended, Faces, Ring, RoomBell, RoomRepository, Spoken};
use crate::shared::{Audience, OnceKey, Pictures, Tx, UnitOfWork};

/// Stores messages, many in one transaction, and tells the rooms.
pub struct Minutes {
    uow: Arc<UnitOfWork>,
    rooms: Arc<dyn RoomRepository>,
    faces: Arc<Faces>,
    pictures: Arc<dyn Pictures>,
    bell: Arc<RoomBell>,
}

impl Minutes {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        rooms: Arc<dyn RoomRepository>,
        faces: Arc<Faces>,
        pictures: Arc<dyn Pictures>,
        bell: Arc<RoomBell>,
    ) -> Self {
        Self { uow, rooms, faces, pictures, bell }
    }

    /// Stores these messages in one transaction; `answer` gets what became of each, by its place,
    /// as soon as that is certain. Whatever the database refuses to store with others is tried on
    /// its own, so that nobody suffers for what somebody else says.
    pub async fn write(&self, appends: &[Append], mut answer: impl FnMut(usize, Result<Spoken, Failure>)) {
        match self.store(appends).await {
            Ok(appended) => self.tell(appended, answer).await,
            Err(failure) if appends.len() <= 1 => answer(0, Err(failure)),
            Err(_) => {
                for (place, append) in appends.iter().enumerate() {
                    match self.store(std::slice::from_ref(append)).await {
                        Ok(appended) => self.tell(appended, |_, spoken| answer(place, spoken)).await,
                        Err(failure) => answer(place, Err(failure)),
                    }
                }
            }
        }
    }

    /// Stores one message under an idempotency key.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`, those of [`super::Closed`], `media.unknown_picture`,
    /// `media.repeated_picture`, and those of [`UnitOfWork::run_once`].
    pub async fn write_once(&self, key: &OnceKey, append: Append) -> Result<Spoken, Failure> {
        let work = async |tx: &mut Tx| {
            let appended = self.append(tx, std::slice::from_ref(&append)).await?.pop();
            stored(appended.ok_or_else(lost)?)
        };
        let (message, fresh): (Message, bool) = self.uow.run_once(Some(key), work).await?;
        let spoken = self.faces.beside(vec![message], Audience::Circle).await?.pop().ok_or_else(lost)?;
        if fresh {
            self.bell.ring(&Ring::Said(vec![spoken.clone()])).await;
        }
        Ok(spoken)
    }

    async fn store(&self, appends: &[Append]) -> Result<Vec<Appended>, Failure> {
        self.uow.run(async |tx| self.append(tx, appends).await).await
    }

    /// Pictures are taken for what is new only: what is repeated has them, or had them.
    async fn append(&self, tx: &mut Tx, appends: &[Append]) -> Result<Vec<Appended>, Failure> {
        let appended = self.rooms.append(tx, appends).await?;
        let fresh = appended
            .iter()
            .filter_map(|one| if let Appended::Stored(message) = one { Some(message) } else { None });
        let fresh: Vec<&Message> = fresh.filter(|message| !message.pictures.is_empty()).collect();
        for message in &fresh {
            let sender = message.sender.ok_or_else(lost)?;
            self.pictures.take_many(tx, sender, &message.pictures, "/mediaIds").await?;
        }
        self.rooms.hang(tx, &fresh).await?;
        Ok(appended)
    }

    /// The writers first: for them it is certain now, and the others may be hard to reach.
    async fn tell(&self, appended: Vec<Appended>, mut answer: impl FnMut(usize, Result<Spoken, Failure>)) {
        let stored: Vec<_> = appended.into_iter().map(stored).collect();
        let messages = stored.iter().flatten().map(|(message, _)| message.clone()).collect();
        let mut spoken = match self.faces.beside(messages, Audience::Circle).await {
            Ok(spoken) => spoken.into_iter(),
            // Stored, but nobody knows by whom: clients send it again under the same name.
            Err(error) => {
                let failure =
                    || Failure::from(anyhow::anyhow!("the writers could not be looked up: {error:#}"));
                return (0..stored.len()).for_each(|place| answer(place, Err(failure())));
            }
        };
        let mut fresh = Vec::new();
        for (place, outcome) in stored.into_iter().enumerate() {
            let outcome = outcome.and_then(|(_, new)| Ok((spoken.next().ok_or_else(lost)?, new)));
            if let Ok((spoken, true)) = &outcome {
                fresh.push(spoken.clone());
            }
            answer(place, outcome.map(|(spoken, _)| spoken));
        }
        if !fresh.is_empty() {
            self.bell.ring(&Ring::Said(fresh)).await;
        }
    }
}

/// The message, and whether it is new.
fn stored(appended: Appended) -> Result<(Message, bool), Failure> {
    match appended {
        Appended::Stored(message) => Ok((message, true)),
        Appended::Repeated(message) => Ok((message, false)),
        Appended::NoRoom => Err(platform::NOT_FOUND.into()),
        Appended::NotAMember => Err(NOT_A_MEMBER.into()),
        Appended::Refused(closed) => Err(closed.code().into()),
    }
}

fn lost() -> Failure {
    anyhow::anyhow!("a message got lost on the way").into()
}
