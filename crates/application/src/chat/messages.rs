//! Saying something, reading what was said, and how far one read.

use std::sync::Arc;

use madang_domain::{
    chat::{
        ClientId, MAX_PICTURES, MessageText, RoomId, domain_events::WaitingMessagesRead, errors::NOT_A_MEMBER,
    },
    shared::{Failure, PictureId, platform},
};

use super::{
    Append, ChatQueries, Faces, Minutes, Range, ReadOn, Ring, RoomBell, RoomRepository, Scribe, Spoken,
    Standing, Storing,
};
use crate::shared::{Audience, Caller, Clock, Tx, UnitOfWork};

/// What somebody wants to say.
#[derive(Clone, Debug)]
pub struct Say {
    /// The words.
    pub text: MessageText,
    /// Pictures of one's own with it, in their order.
    pub pictures: Vec<PictureId>,
    /// The client's name for it.
    pub client_id: ClientId,
}

/// Messages.
pub struct MessageService {
    uow: Arc<UnitOfWork>,
    rooms: Arc<dyn RoomRepository>,
    queries: Arc<dyn ChatQueries>,
    minutes: Arc<Minutes>,
    scribe: Arc<dyn Scribe>,
    faces: Arc<Faces>,
    bell: Arc<RoomBell>,
    clock: Arc<dyn Clock>,
}

impl MessageService {
    /// From its ports.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        rooms: Arc<dyn RoomRepository>,
        queries: Arc<dyn ChatQueries>,
        minutes: Arc<Minutes>,
        scribe: Arc<dyn Scribe>,
        faces: Arc<Faces>,
        bell: Arc<RoomBell>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, rooms, queries, minutes, scribe, faces, bell, clock }
    }

    /// Says something; the same `client_id` again answers what was stored the first time.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`, `chat.cannot_write`, `chat.peer_suspended`,
    /// `chat.peer_withdrawn`, `identity.profile_incomplete`,
    /// 422 for too many pictures, `media.unknown_picture`, `media.repeated_picture`.
    pub async fn say(&self, caller: &Caller, room: RoomId, say: Say) -> Result<Spoken, Failure> {
        let append = self.checked(caller, room, say).await?;
        match &caller.origin.once {
            Some(key) => self.minutes.write_once(key, append).await,
            None => self.scribe.write(append).await,
        }
    }

    /// Says something as [`Self::say`] does, but waits only until it has its place among what is
    /// said in the room: whoever says more next says it after that.
    ///
    /// # Errors
    /// `identity.profile_incomplete`, 422 for too many pictures; the others of [`Self::say`] come
    /// with what is answered.
    pub async fn begin(&self, caller: &Caller, room: RoomId, say: Say) -> Result<Storing, Failure> {
        Ok(self.scribe.write(self.checked(caller, room, say).await?))
    }

    async fn checked(&self, caller: &Caller, room: RoomId, say: Say) -> Result<Append, Failure> {
        if say.pictures.len() > MAX_PICTURES {
            return Err(platform::TOO_MANY_ITEMS.with("max", MAX_PICTURES).at("/mediaIds").into());
        }
        self.faces.may_be_shown(caller.user).await?;
        Ok(Append {
            room,
            sender: caller.user,
            text: say.text,
            pictures: say.pictures,
            client_id: say.client_id,
            at: self.clock.now(),
        })
    }

    /// At most `limit` messages, in their order.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`.
    pub async fn history(
        &self,
        caller: &Caller,
        room: RoomId,
        range: Range,
        limit: i64,
    ) -> Result<Vec<Spoken>, Failure> {
        self.standing(caller, room).await?;
        let messages = self.queries.messages(room, range, limit).await?;
        Ok(self.faces.beside(messages, Audience::Person(caller.user)).await?)
    }

    /// How a member stands to the room.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`.
    pub async fn standing(&self, caller: &Caller, room: RoomId) -> Result<Standing, Failure> {
        let standing = self.queries.standing(caller.user, room).await?.ok_or(platform::NOT_FOUND)?;
        if standing.member { Ok(standing) } else { Err(NOT_A_MEMBER.into()) }
    }

    /// Tells the others in a room that somebody writes.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`.
    pub async fn typing(&self, caller: &Caller, room: RoomId) -> Result<(), Failure> {
        if !self.standing(caller, room).await?.apart {
            self.bell.ring(&Ring::Typing { room, user: caller.user }).await;
        }
        Ok(())
    }

    /// Marks everything up to this number as read; less than before changes nothing.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`; 422 for a number no message has.
    pub async fn read(&self, caller: &Caller, room: RoomId, seq: i64) -> Result<(), Failure> {
        let standing = self.standing(caller, room).await?;
        if !(0..=standing.last_seq).contains(&seq) {
            let range = platform::OUT_OF_RANGE.with("min", 0).with("max", standing.last_seq);
            return Err(range.at("/seq").into());
        }
        let work = async |tx: &mut Tx| {
            let read = self.rooms.read_up_to(tx, room, caller.user, seq).await?;
            if read == ReadOn::AfterTold {
                tx.publish(&WaitingMessagesRead { room: room.uuid(), user: caller.user })?;
            }
            Ok(read)
        };
        if self.uow.run(work).await? != ReadOn::Before && !standing.apart {
            self.bell.ring(&Ring::Read { room, user: caller.user, seq }).await;
        }
        Ok(())
    }
}
