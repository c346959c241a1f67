//! Whoever loses sight of an event is out of its room at once: what takes sight away is announced,
//! and every process looks at those of its sockets that it may concern. Sight itself is a question
//! to the database, asked in one place; here is only when to ask.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    calendar::domain_events::{
        CalendarDeleted, CalendarLeft, CalendarShared, EventDeleted, EventHidden, GuestGone,
    },
    community::domain_events::UserBlocked,
    identity::domain_events::UserSuspended,
    shared::{Failure, UserId},
};
use uuid::Uuid;

use super::{Doubt, Ring, RoomBell, RoomRepository};
use crate::shared::{Handles, Tx};

/// Has followed rooms looked at when somebody may have lost sight of their events.
pub struct SightWatch {
    rooms: Arc<dyn RoomRepository>,
    bell: Arc<RoomBell>,
}

impl SightWatch {
    /// From its ports.
    pub fn new(rooms: Arc<dyn RoomRepository>, bell: Arc<RoomBell>) -> Self {
        Self { rooms, bell }
    }

    async fn person(&self, user: UserId) -> Result<(), Failure> {
        self.bell.ring(&Ring::Doubt(Doubt::Person(user))).await;
        Ok(())
    }

    async fn event(&self, tx: &mut Tx, event: Uuid) -> Result<(), Failure> {
        let room = self.rooms.room_of_event(tx, event).await?;
        if let Some(room) = room {
            self.bell.ring(&Ring::Doubt(Doubt::Rooms(vec![room]))).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Handles<GuestGone> for SightWatch {
    async fn handle(&self, _tx: &mut Tx, event: GuestGone) -> Result<(), Failure> {
        self.person(event.guest).await
    }
}

#[async_trait]
impl Handles<CalendarLeft> for SightWatch {
    async fn handle(&self, _tx: &mut Tx, event: CalendarLeft) -> Result<(), Failure> {
        self.person(event.user).await
    }
}

#[async_trait]
impl Handles<CalendarShared> for SightWatch {
    /// The role may be a lower one than before.
    async fn handle(&self, _tx: &mut Tx, event: CalendarShared) -> Result<(), Failure> {
        self.person(event.with).await
    }
}

#[async_trait]
impl Handles<UserBlocked> for SightWatch {
    /// Either may be a guest of the other.
    async fn handle(&self, _tx: &mut Tx, event: UserBlocked) -> Result<(), Failure> {
        self.person(event.blocker).await?;
        self.person(event.blocked).await
    }
}

#[async_trait]
impl Handles<UserSuspended> for SightWatch {
    /// Their guests see what they organize no longer.
    async fn handle(&self, tx: &mut Tx, event: UserSuspended) -> Result<(), Failure> {
        let rooms = self.rooms.rooms_by_organizer(tx, event.user_id).await?;
        for rooms in rooms.chunks(100) {
            self.bell.ring(&Ring::Doubt(Doubt::Rooms(rooms.to_vec()))).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Handles<EventHidden> for SightWatch {
    async fn handle(&self, tx: &mut Tx, event: EventHidden) -> Result<(), Failure> {
        self.event(tx, event.event.uuid()).await
    }
}

#[async_trait]
impl Handles<EventDeleted> for SightWatch {
    async fn handle(&self, tx: &mut Tx, event: EventDeleted) -> Result<(), Failure> {
        self.event(tx, event.event.uuid()).await
    }
}

#[async_trait]
impl Handles<CalendarDeleted> for SightWatch {
    async fn handle(&self, _tx: &mut Tx, _event: CalendarDeleted) -> Result<(), Failure> {
        self.bell.ring(&Ring::Doubt(Doubt::Everything)).await;
        Ok(())
    }
}
