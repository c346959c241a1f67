//! What is read of rooms.

use async_trait::async_trait;
use madang_domain::{
    chat::{
        Message, RoomId, RoomKind,
        errors::{CANNOT_WRITE, PEER_SUSPENDED, PEER_WITHDRAWN},
    },
    shared::{Code, Page, PageRequest, Position, Timestamp, UserId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{identity::queries::UserSummary, shared::Picture};

/// Why nothing more is said in a room of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// One blocked the other.
    Blocked,
    /// The other person's account is suspended.
    Suspended,
    /// The other person withdrew.
    Withdrawn,
}

impl Closed {
    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        [("blocked", Self::Blocked), ("suspended", Self::Suspended), ("withdrawn", Self::Withdrawn)]
            .into_iter()
            .find_map(|(known, closed)| (known == name).then_some(closed))
    }

    /// The refusal of whoever writes nevertheless.
    pub const fn code(self) -> Code {
        match self {
            Self::Blocked => CANNOT_WRITE,
            Self::Suspended => PEER_SUSPENDED,
            Self::Withdrawn => PEER_WITHDRAWN,
        }
    }
}

/// A room as one of its members sees it, people by their ids.
#[derive(Clone, Debug)]
pub struct RoomRow {
    /// Its id.
    pub id: RoomId,
    /// What it is for.
    pub kind: RoomKind,
    /// What it is called.
    pub title: Option<String>,
    /// What it is about.
    pub subject: Option<Uuid>,
    /// The other person of a direct room.
    pub peer: Option<UserId>,
    /// Why the member cannot write there.
    pub closed: Option<Closed>,
    /// How many are in it and may be, as many as the list of its members has.
    pub member_count: i64,
    /// The newest message.
    pub last_message: Option<Message>,
    /// Its number; 0 before the first.
    pub last_seq: i64,
    /// How far the member read.
    pub read_seq: i64,
    /// How many messages of others come after that, counted up to 100.
    pub unread: i64,
    /// When something happened last.
    pub last_at: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl RoomRow {
    /// Where it stands in a list by time.
    pub fn position(&self) -> Position {
        Position { key: self.last_at.micros(), id: self.id.uuid() }
    }
}

/// A room with its people.
#[derive(Clone, Debug)]
pub struct RoomView {
    /// The room.
    pub row: RoomRow,
    /// The other person of a direct room, unless they withdrew.
    pub peer: Option<UserSummary>,
    /// The newest message with whoever wrote it.
    pub last: Option<Spoken>,
}

/// A member by their id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// The person.
    pub user: UserId,
    /// How far they read.
    pub read_seq: i64,
    /// When they came in.
    pub joined_at: Timestamp,
}

impl MemberView {
    /// Where they stand in a list by time.
    pub fn position(&self) -> Position {
        Position { key: self.joined_at.micros(), id: self.user.uuid() }
    }
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub user: UserSummary,
    /// How far they read.
    pub read_seq: i64,
    /// When they came in.
    pub joined_at: Timestamp,
}

/// A message with whoever said it. It also travels between processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// The message.
    pub message: Message,
    /// Who said it, unless they withdrew.
    pub sender: Option<UserSummary>,
    /// Its pictures that there still are, in their order.
    #[serde(default)]
    pub pictures: Vec<Picture>,
}

/// Which part of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The latest messages below this number.
    Before(i64),
    /// The first messages above this number.
    After(i64),
    /// The first messages above the one number and below the other.
    Between {
        /// Above this.
        after: i64,
        /// Below this.
        before: i64,
    },
}

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether they are in it.
    pub member: bool,
    /// The number of the newest message.
    pub last_seq: i64,
    /// Whether it is a room of two of whom one blocked the other: nothing is said there any more.
    pub apart: bool,
}

/// The read side. It does not ask who asks: services do.
#[async_trait]
pub trait ChatQueries: Send + Sync + 'static {
    /// The rooms somebody is in: all, the one with the latest message first; or those with unread
    /// messages, the one that waits longest first.
    async fn rooms(&self, user: UserId, unread: bool, page: &PageRequest) -> anyhow::Result<Page<RoomRow>>;

    /// One room as this member sees it.
    async fn room(&self, user: UserId, room: RoomId) -> anyhow::Result<Option<RoomRow>>;

    /// How somebody stands to a room; `None` if there is no such room.
    async fn standing(&self, user: UserId, room: RoomId) -> anyhow::Result<Option<Standing>>;

    /// Who is in a room, the first to come first.
    async fn members(&self, room: RoomId, page: &PageRequest) -> anyhow::Result<Page<MemberView>>;

    /// At most `limit` messages, in their order.
    async fn messages(&self, room: RoomId, range: Range, limit: i64) -> anyhow::Result<Vec<Message>>;

    /// Those of these people whom the viewer may talk to.
    async fn reachable(&self, viewer: UserId, users: &[UserId]) -> anyhow::Result<Vec<UserId>>;

    /// Who follows these rooms at an instant, by whichever process; nobody in rooms of two of whom one
    /// blocked the other.
    async fn present(&self, rooms: &[RoomId], now: Timestamp) -> anyhow::Result<Vec<(RoomId, UserId)>>;

    /// The numbers of the newest messages of these rooms.
    async fn last_seqs(&self, rooms: &[RoomId]) -> anyhow::Result<Vec<(RoomId, i64)>>;

    /// Those of these people who are not in the room beside them, or may not be any more.
    async fn gone(&self, followed: &[(RoomId, UserId)]) -> anyhow::Result<Vec<(RoomId, UserId)>>;
}
