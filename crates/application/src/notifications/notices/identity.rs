//! What happens to accounts.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    identity::domain_events::{RevocationReason, SessionsRevoked, UserErased},
    notifications::{About, NotificationKind},
    shared::Failure,
};

use super::{Notice, Teller};
use crate::{
    notifications::NotificationRepository,
    shared::{Handles, Tx},
};

/// Tells people what happened to their logins without their doing.
pub struct SecurityNotices(Arc<Teller>);

impl SecurityNotices {
    /// Through the teller.
    pub fn new(teller: Arc<Teller>) -> Self {
        Self(teller)
    }
}

#[async_trait]
impl Handles<SessionsRevoked> for SecurityNotices {
    async fn handle(&self, tx: &mut Tx, event: SessionsRevoked) -> Result<(), Failure> {
        let alarming =
            matches!(event.reason, RevocationReason::TokenReused | RevocationReason::PasswordChanged);
        let Some(session) = event.session_ids.first().filter(|_| alarming) else { return Ok(()) };
        let notice = Notice {
            user: event.user_id,
            actor: None,
            kind: NotificationKind::Security,
            about: About::Person,
            cause: session.to_string(),
        };
        self.0.tell(tx, notice).await
    }
}

/// Erases the notifications of somebody who left.
pub struct NotificationFarewell {
    repository: Arc<dyn NotificationRepository>,
}

impl NotificationFarewell {
    /// From its port.
    pub fn new(repository: Arc<dyn NotificationRepository>) -> Self {
        Self { repository }
    }
}

#[async_trait]
impl Handles<UserErased> for NotificationFarewell {
    async fn handle(&self, tx: &mut Tx, event: UserErased) -> Result<(), Failure> {
        Ok(self.repository.erase(tx, event.user_id).await?)
    }
}
