//! Where people talk.

use std::borrow::Cow;

use uuid::Uuid;

use crate::shared::{Id, Timestamp, UserId};

/// The id of a room.
pub type RoomId = Id<Room>;

/// So many people fit into a room.
pub const MAX_MEMBERS: i64 = 1_000;

crate::text! {
    /// What a room is called.
    pub RoomTitle: "room-title", 1..=50, "Saturday hike";
}

/// What a room is for. A kind with a subject has one room for it, or one per subject and person;
/// [`Room::key`] decides. Kinds are open: a capability that has something to talk about brings its
/// own, and nobody enters or leaves such a room but through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomKind(Cow<'static, str>);

impl RoomKind {
    /// Two people; there is one such room per pair, and nobody else ever enters.
    pub const DIRECT: Self = Self(Cow::Borrowed("direct"));
    /// Whoever its members bring in.
    pub const GROUP: Self = Self(Cow::Borrowed("group"));
    /// Everybody who may see an event and wants to talk about it.
    pub const EVENT: Self = Self(Cow::Borrowed("event"));

    /// As stored and as in the API.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever is in may go, and whoever opened it may send others out.
    pub fn may_be_left(&self) -> bool {
        *self == Self::GROUP || *self == Self::EVENT
    }
}

impl From<String> for RoomKind {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

/// A room as it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// What it is for.
    pub kind: RoomKind,
    /// What it is called.
    pub title: Option<RoomTitle>,
    /// What it is about, where its kind has a subject.
    pub subject: Option<Uuid>,
    /// What there is only one room for; `None` where there may be many.
    pub key: Option<String>,
    /// Who opened it.
    pub opened_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

impl Room {
    /// The room of these two people.
    pub fn direct(id: RoomId, opened_by: UserId, other: UserId, created_at: Timestamp) -> Self {
        let (first, second) = (opened_by.min(other), opened_by.max(other));
        let key = Some(format!("direct:{first}:{second}"));
        Self { id, kind: RoomKind::DIRECT, title: None, subject: None, key, opened_by, created_at }
    }

    /// A room of whoever is brought in.
    pub fn group(id: RoomId, opened_by: UserId, title: Option<RoomTitle>, created_at: Timestamp) -> Self {
        Self { id, kind: RoomKind::GROUP, title, subject: None, key: None, opened_by, created_at }
    }

    /// The room of an event.
    pub fn event(id: RoomId, opened_by: UserId, event: Uuid, created_at: Timestamp) -> Self {
        let key = Some(format!("event:{event}"));
        Self { id, kind: RoomKind::EVENT, title: None, subject: Some(event), key, opened_by, created_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_key_whoever_opens_the_room() {
        let id = |n: u128| Id::new(Uuid::from_u128(n));
        let at = Timestamp::from_micros(0);
        let (mina, jun) = (id(1), id(2));
        let room = RoomId::new(Uuid::from_u128(9));
        assert_eq!(Room::direct(room, mina, jun, at).key, Room::direct(room, jun, mina, at).key);
        assert_ne!(Room::direct(room, mina, jun, at).key, Room::direct(room, mina, id(3), at).key);
    }

    #[test]
    fn a_kind_that_nobody_here_knows_keeps_its_name_and_its_people() {
        let kind = RoomKind::from("item".to_owned());
        assert!(kind.as_str() == "item" && !kind.may_be_left());
        assert_eq!(RoomKind::from("group".to_owned()), RoomKind::GROUP);
    }
}
