//! What happens at events.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    calendar::domain_events::{
        EventCancelled, EventJoined, GuestAnswered, GuestInvited, ReminderRang, WaiterPromoted,
    },
    notifications::{About, NotificationKind},
    shared::Failure,
};

use super::{Notice, Teller};
use crate::shared::{Handles, Tx};

/// Tells people that they are invited.
pub struct InvitationNotices(Arc<Teller>);

impl InvitationNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<GuestInvited> for InvitationNotices {
    async fn handle(&self, tx: &mut Tx, event: GuestInvited) -> Result<(), Failure> {
        let notice = Notice {
            user: event.guest,
            actor: Some(event.by),
            kind: NotificationKind::Invitation,
            about: About::Event(event.event.uuid()),
            cause: format!("{}:{}", event.event, event.at),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells organizers what their guests answer.
pub struct ResponseNotices(Arc<Teller>);

impl ResponseNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<GuestAnswered> for ResponseNotices {
    async fn handle(&self, tx: &mut Tx, event: GuestAnswered) -> Result<(), Failure> {
        let notice = Notice {
            user: event.organizer,
            actor: Some(event.guest),
            kind: NotificationKind::Response,
            about: About::Event(event.event.uuid()),
            cause: format!("{}:{}:{}", event.event, event.guest, event.at),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells organizers who joins, or waits for a seat.
pub struct JoinNotices(Arc<Teller>);

impl JoinNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<EventJoined> for JoinNotices {
    async fn handle(&self, tx: &mut Tx, event: EventJoined) -> Result<(), Failure> {
        let notice = Notice {
            user: event.organizer,
            actor: Some(event.user),
            kind: NotificationKind::Join,
            about: About::Event(event.event.uuid()),
            cause: format!("{}:{}:{}", event.event, event.occurrence, event.place),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells those who waited that they have a seat.
pub struct PromotionNotices(Arc<Teller>);

impl PromotionNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<WaiterPromoted> for PromotionNotices {
    async fn handle(&self, tx: &mut Tx, event: WaiterPromoted) -> Result<(), Failure> {
        let notice = Notice {
            user: event.user,
            actor: None,
            kind: NotificationKind::Promotion,
            about: About::Event(event.event.uuid()),
            cause: format!("{}:{}:{}", event.event, event.occurrence, event.place),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells people what they wanted to be reminded of.
pub struct ReminderNotices(Arc<Teller>);

impl ReminderNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<ReminderRang> for ReminderNotices {
    async fn handle(&self, tx: &mut Tx, event: ReminderRang) -> Result<(), Failure> {
        let notice = Notice {
            user: event.user,
            actor: None,
            kind: NotificationKind::Reminder,
            about: About::Occurrence(event.event.uuid(), event.occurrence),
            cause: format!("{}:{}:{}:{}", event.event, event.occurrence, event.minutes, event.at),
        };
        self.0.tell(tx, notice).await
    }
}

/// Tells everybody who was to come that an event does not take place.
pub struct CancellationNotices(Arc<Teller>);

impl CancellationNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<EventCancelled> for CancellationNotices {
    async fn handle(&self, tx: &mut Tx, event: EventCancelled) -> Result<(), Failure> {
        let cause = format!("{}:{}", event.event, event.at);
        for guest in event.guests {
            let notice = Notice {
                user: guest,
                actor: Some(event.by),
                kind: NotificationKind::Cancellation,
                about: About::Event(event.event.uuid()),
                cause: cause.clone(),
            };
            self.0.tell(tx, notice).await?;
        }
        Ok(())
    }
}
