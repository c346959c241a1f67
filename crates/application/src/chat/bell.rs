//! Telling all processes what just happened in a room. The database is the record: a ring that is
//! lost is made up for by whoever looks there.

use std::sync::Arc;

use madang_domain::{chat::RoomId, shared::UserId};
use serde::{Deserialize, Serialize};

use super::Spoken;
use crate::shared::Broadcast;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ring {
    /// People said something, here or in several rooms.
    Said(Vec<Spoken>),
    /// Somebody read so far.
    Read {
        /// Where.
        room: RoomId,
        /// Who.
        user: UserId,
        /// The last number read.
        seq: i64,
    },
    /// Somebody is no longer in the room.
    Left {
        /// Where.
        room: RoomId,
        /// Who.
        user: UserId,
    },
    /// Some may have lost sight of what a room is about: look whether they may still be in it.
    Doubt(Doubt),
    /// Somebody follows these rooms now, or follows them no longer.
    Presence {
        /// Where.
        rooms: Vec<RoomId>,
        /// Who follows no longer, as far as the process that tells it knows.
        gone: Vec<(RoomId, UserId)>,
    },
    /// Somebody is writing.
    Typing {
        /// Where.
        room: RoomId,
        /// Who.
        user: UserId,
    },
}

/// Who may have lost sight of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    /// This person of any room.
    Person(UserId),
    /// Anybody of these rooms.
    Rooms(Vec<RoomId>),
    /// Anybody of any room: a calendar is gone, and with it what told which rooms are about it.
    Everything,
}

/// Rings in all processes.
pub struct RoomBell {
    broadcast: Arc<dyn Broadcast>,
}

impl RoomBell {
    /// What rings are called on the broadcast.
    pub const TOPIC: &'static str = "chat";

    /// Over this broadcast.
    pub fn new(broadcast: Arc<dyn Broadcast>) -> Self {
        Self { broadcast }
    }

    /// Tells it, without waiting for anybody to hear.
    pub async fn ring(&self, ring: &Ring) {
        if let Ok(payload) = serde_json::to_vec(ring) {
            self.broadcast.publish(Self::TOPIC, &payload).await;
        }
    }

    /// What was rung; `None` if the payload is about something else.
    pub fn heard(topic: &str, payload: &[u8]) -> Option<Ring> {
        if topic == Self::TOPIC { serde_json::from_slice(payload).ok() } else { None }
    }
}
