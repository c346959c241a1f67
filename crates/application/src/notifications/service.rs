//! List, count, mark as read.

use std::sync::Arc;

use madang_domain::{
    notifications::NotificationId,
    shared::{Failure, Page, PageRequest, Timestamp},
};

use uuid::Uuid;

use super::{NotificationQueries, NotificationRepository, NotificationView, Told};
use crate::{
    identity::queries::UserQueries,
    shared::{Caller, Clock, UnitOfWork},
};

/// How far somebody read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpTo {
    /// This one and all older ones.
    Notification(NotificationId),
    /// Whatever was told at this instant or before.
    Instant(Timestamp),
}

/// Which notifications were read.
#[derive(Clone, Debug, Default)]
pub struct ReadMark {
    /// These.
    pub ids: Option<Vec<NotificationId>>,
    /// Everything this far; all there are, if neither this nor `ids` is given.
    pub up_to: Option<UpTo>,
}

/// One's own notifications.
pub struct NotificationService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn NotificationRepository>,
    queries: Arc<dyn NotificationQueries>,
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
}

impl NotificationService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn NotificationRepository>,
        queries: Arc<dyn NotificationQueries>,
        users: Arc<dyn UserQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, queries, users, clock }
    }

    /// Newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn list(
        &self,
        caller: &Caller,
        unread_only: bool,
        page: &PageRequest,
    ) -> Result<Page<Told>, Failure> {
        let page = self.queries.notifications(caller.user, unread_only, page).await?;
        Ok(Page { items: named(&*self.users, page.items).await?, next: page.next })
    }

    /// How many are unread, counted up to 100.
    ///
    /// # Errors
    /// Only outages.
    pub async fn unread_count(&self, caller: &Caller) -> Result<i64, Failure> {
        Ok(self.queries.unread_count(caller.user).await?)
    }

    /// Marks notifications as read; again changes nothing.
    ///
    /// # Errors
    /// Only outages.
    pub async fn read(&self, caller: &Caller, mark: ReadMark) -> Result<(), Failure> {
        let newest =
            mark.up_to.or_else(|| mark.ids.is_none().then(|| UpTo::Notification(Uuid::max().into())));
        let now = self.clock.now();
        self.uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                if let Some(ids) = mark.ids.as_ref().filter(|ids| !ids.is_empty()) {
                    self.repository.read_some(tx, caller.user, ids, now).await?;
                }
                if let Some(newest) = newest {
                    self.repository.read_up_to(tx, caller.user, newest, now).await?;
                }
                Ok(())
            })
            .await
    }
}

/// Adds who did it: one more query, however many there are.
pub(super) async fn named(
    users: &dyn UserQueries,
    views: Vec<NotificationView>,
) -> anyhow::Result<Vec<Told>> {
    let mut actors: Vec<_> = views.iter().filter_map(|view| view.actor).collect();
    actors.sort();
    actors.dedup();
    let actors = if actors.is_empty() { Vec::new() } else { users.summaries(&actors).await? };
    let told = views.into_iter().filter_map(|view| {
        let actor = match view.actor {
            None => None,
            // Whoever withdrew a moment ago is not shown any more.
            Some(actor) => Some(actors.iter().find(|summary| summary.id == actor)?.clone()),
        };
        Some(Told { view, actor })
    });
    Ok(told.collect())
}
