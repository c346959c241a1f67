//! Tells people.

use std::{sync::Arc, time::Duration};

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
    plan: Arc<TellerPlan>,
}

/// What an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct TellerPlan {
    /// How long a mail waits for more to tell.
    pub digest_after: Duration,
}

impl Teller {
    /// From its ports.
    pub fn new(
        repository: Arc<dyn NotificationRepository>,
        clock: Arc<dyn Clock>,
        plan: Arc<TellerPlan>,
    ) -> Self {
        Self { repository, clock, plan }
    }

    /// Tells somebody, in the transaction of the handler that heard of it.
    ///
    /// # Errors
    /// Only outages; the handler is then tried again.
    pub async fn tell(&self, tx: &mut Tx, notice: Notice) -> Result<(), Failure> {
        self.tell_together(tx, vec![(notice, 1)]).await
    }

    /// Tells somebody several things of one group, each with how often it happened; by mail and on
    /// devices they are one.
    ///
    /// # Errors
    /// Only outages; the handler is then tried again.
    pub async fn tell_together(&self, tx: &mut Tx, notices: Vec<(Notice, i64)>) -> Result<(), Failure> {
        let notices = notices.into_iter().filter(|(notice, _)| notice.actor != Some(notice.user));
        let notices: Vec<_> = notices.collect();
        let Some((first, _)) = notices.first() else { return Ok(()) };
        let now = self.clock.now();
        let settings = self.repository.settings(tx, first.user).await?;
        let channels = settings.channels(first.kind);
        let mut latest = None;
        for (notice, times) in notices {
            let notification = Notification {
                id: new_id(),
                user: notice.user,
                kind: notice.kind,
                actor: notice.actor,
                about: notice.about,
                cause: format!("{}:{}", notice.kind, notice.cause),
                times,
                created_at: now,
            };
            if self.repository.add(tx, &notification, channels.in_app).await? {
                latest = Some(notification);
            }
        }
        let Some(notification) = latest else { return Ok(()) };
        let calm = settings.quiet.and_then(|quiet| quiet.end(now)).unwrap_or(now);
        if channels.email {
            let due = calm.max(now.plus(self.plan.digest_after));
            self.repository.wait_for_mail(tx, &notification, due).await?;
        }
        if channels.push {
            self.repository.wait_for_push(tx, &notification, calm).await?;
        }
        Ok(())
    }
}
