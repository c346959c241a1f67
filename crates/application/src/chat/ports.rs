//! What chat keeps.

use std::pin::Pin;

use async_trait::async_trait;
use madang_domain::{
    chat::{ClientId, Message, MessageText, Room, RoomId, RoomKind},
    shared::{Failure, PictureId, SessionId, Timestamp, UserId},
};

use uuid::Uuid;

use super::{Closed, Spoken};
use crate::shared::Tx;

/// A room that is kept from changing until the transaction ends.
#[derive(Clone, Debug)]
pub struct RoomState {
    /// What it is for.
    pub kind: RoomKind,
    /// Who opened it.
    pub opened_by: Option<UserId>,
    /// How many are in it.
    pub member_count: i64,
    /// The number of the newest message.
    pub last_seq: i64,
}

/// A message that wants its place.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where.
    pub room: RoomId,
    /// Who says it.
    pub sender: UserId,
    /// What.
    pub text: MessageText,
    /// The pictures with it, in their order.
    pub pictures: Vec<PictureId>,
    /// The sender's name for it.
    pub client_id: ClientId,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Appended {
    /// It has its place.
    Stored(Message),
    /// It had its place before.
    Repeated(Message),
    /// There is no such room.
    NoRoom,
    /// Its sender is not in the room.
    NotAMember,
    /// Nothing more is said in this room of two.
    Refused(Closed),
}

/// A room in which something was said that nobody was told of yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Where.
    pub room: RoomId,
    /// Everybody there was looked after up to this number.
    pub told: i64,
    /// The number of the newest message that is looked after now.
    pub last: i64,
}

/// Somebody for whom messages wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub user: UserId,
    /// Who wrote the last of them.
    pub sender: UserId,
    /// Its number.
    pub seq: i64,
    /// They come after this number.
    pub after: i64,
}

/// What a look at a room found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// For whom messages wait, and who does not have the room open.
    pub waiting: Vec<Waiting>,
    /// When the first of those who have it open, and have not read, may turn out to be gone.
    pub again_at: Option<Timestamp>,
}

/// What reading up to a message changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOn {
    /// Nothing: they had read further before.
    Before,
    /// They read further.
    Further,
    /// They read further, after they were told that messages wait.
    AfterTold,
}

/// Rooms and messages, for changing.
#[async_trait]
pub trait RoomRepository: Send + Sync + 'static {
    /// Adds a room without members, unless there is one with its key; answers the one there is,
    /// kept from others, and whether it is new.
    async fn open(&self, tx: &mut Tx, room: &Room) -> anyhow::Result<(RoomId, bool)>;

    /// Keeps a room from changing.
    async fn lock(&self, tx: &mut Tx, room: RoomId) -> anyhow::Result<Option<RoomState>>;

    /// The room of an event, if it has one.
    async fn room_of_event(&self, tx: &mut Tx, event: Uuid) -> anyhow::Result<Option<RoomId>>;

    /// The rooms of events that somebody organizes.
    async fn rooms_by_organizer(&self, tx: &mut Tx, organizer: UserId) -> anyhow::Result<Vec<RoomId>>;

    /// Whether this person is in the room.
    async fn is_member(&self, tx: &mut Tx, room: RoomId, user: UserId) -> anyhow::Result<bool>;

    /// Lets people into a locked room; says how many were not in it before.
    async fn enter(&self, tx: &mut Tx, room: RoomId, users: &[UserId], at: Timestamp) -> anyhow::Result<u64>;

    /// Takes somebody out of a locked room; says whether they were in it.
    async fn leave(&self, tx: &mut Tx, room: RoomId, user: UserId, at: Timestamp) -> anyhow::Result<bool>;

    /// Gives each message the next number of its room, or finds the one stored under its name, in
    /// the order given; answers in that order.
    async fn append(&self, tx: &mut Tx, appends: &[Append]) -> anyhow::Result<Vec<Appended>>;

    /// Hangs up the pictures of messages that were just stored.
    async fn hang(&self, tx: &mut Tx, messages: &[&Message]) -> anyhow::Result<()>;

    /// Remembers how far a member read.
    async fn read_up_to(&self, tx: &mut Tx, room: RoomId, user: UserId, seq: i64) -> anyhow::Result<ReadOn>;

    /// Notes until when these people are known to have a room open.
    async fn set_present(
        &self,
        tx: &mut Tx,
        room: RoomId,
        users: &[UserId],
        until: Timestamp,
    ) -> anyhow::Result<()>;

    /// A room whose people were not looked after since something was said there before this
    /// instant; or a little earlier, if they are many: so much more is told them at once. Other
    /// processes leave it alone meanwhile. If there is none, one in which somebody who had it open
    /// may be gone since.
    async fn room_to_tell(&self, tx: &mut Tx, before: Timestamp) -> anyhow::Result<Option<Untold>>;

    /// For whom something waits of which they were not told.
    async fn waiting(&self, tx: &mut Tx, room: &Untold, now: Timestamp) -> anyhow::Result<Found>;

    /// Notes that those who were found were told, that the room was looked after so far, and when it
    /// is to be looked at again.
    async fn told(&self, tx: &mut Tx, room: &Untold, found: &Found) -> anyhow::Result<()>;

    /// Takes a person out of all rooms and their name off all messages.
    async fn erase(&self, tx: &mut Tx, user: UserId, at: Timestamp) -> anyhow::Result<()>;
}

/// Stores messages together with others that are said at the same time: a commit is what a
/// message costs most.
pub trait Scribe: Send + Sync + 'static {
    /// Gives a message its place among those of its room, at once, and stores it, also if nobody
    /// waits for that.
    fn write(&self, append: Append) -> Storing;
}

/// A message on its way into the record.
///
/// # Errors
/// 404 for no room, `chat.not_a_member`, `chat.cannot_write`, `chat.peer_suspended`,
/// `chat.peer_withdrawn`, `media.unknown_picture`, `media.repeated_picture`.
pub type Storing = Pin<Box<dyn Future<Output = Result<Spoken, Failure>> + Send>>;

/// Whom a socket belongs to, and until when it may stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The person.
    pub user: UserId,
    /// The login.
    pub session: SessionId,
    /// When the access token ends that stands behind it.
    pub ends_at: Timestamp,
}

/// Tickets for browsers, whose sockets cannot send an `Authorization` header.
#[async_trait]
pub trait Tickets: Send + Sync + 'static {
    /// A text nobody can guess.
    fn fresh(&self) -> String;

    /// Remembers a ticket, and forgets those that expired before `now`.
    async fn keep(
        &self,
        tx: &mut Tx,
        ticket: &str,
        pass: &Pass,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> anyhow::Result<()>;

    /// Takes a ticket that has not expired; nobody gets it a second time.
    async fn take(&self, tx: &mut Tx, ticket: &str, now: Timestamp) -> anyhow::Result<Option<Pass>>;
}
