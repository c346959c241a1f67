//! Tells people.

use std::sync::Arc;

use madang_domain::{
    notifications::{About, Notification, NotificationKind},
    shared::{Failure, UserId},
};

use crate::{
    notifications::NotificationRepository,
    shared::{Clock, Tx, new_id},
};

/// Something to tell somebody.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Who is told.
    pub user: UserId,
    /// Who did it; `None` where the service itself speaks.
    pub actor: Option<UserId>,
    /// What happened.
    pub kind: NotificationKind,
    /// What it leads to.
    pub about: About,
    /// Names the fact among those of its kind: the same is told once.
    pub cause: String,
}

/// Writes notifications down. Nobody is told what they did themselves, and nobody twice.
pub struct Teller {
    repository: Arc<dyn NotificationRepository>,
    clock: Arc<dyn Clock>,
}

impl Teller {
    /// From its ports.
    pub fn new(repository: Arc<dyn NotificationRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { repository, clock }
    }

    /// Tells somebody, in the transaction of the handler that heard of it.
    ///
    /// # Errors
    /// Only outages; the handler is then tried again.
    pub async fn tell(&self, tx: &mut Tx, notice: Notice) -> Result<(), Failure> {
        if notice.actor == Some(notice.user) {
            return Ok(());
        }
        let notification = Notification {
            id: new_id(),
            user: notice.user,
            kind: notice.kind,
            actor: notice.actor,
            about: notice.about,
            cause: format!("{}:{}", notice.kind, notice.cause),
            created_at: self.clock.now(),
        };
        Ok(self.repository.add(tx, &notification).await?)
    }
}
