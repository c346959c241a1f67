//! How somebody wants to be told.

use std::sync::Arc;

use madang_domain::{
    notifications::NoticeSettings,
    shared::{Failure, platform::STALE},
};

use super::{NotificationQueries, NotificationRepository};
use crate::shared::{Caller, UnitOfWork};

/// One's own preferences.
pub struct PreferenceService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn NotificationRepository>,
    queries: Arc<dyn NotificationQueries>,
}

impl PreferenceService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn NotificationRepository>,
        queries: Arc<dyn NotificationQueries>,
    ) -> Self {
        Self { uow, repository, queries }
    }

    /// What was chosen.
    ///
    /// # Errors
    /// Only outages.
    pub async fn show(&self, caller: &Caller) -> Result<NoticeSettings, Failure> {
        Ok(self.queries.settings(caller.user).await?)
    }

    /// Replaces what was chosen. `expected` checks the version the caller believes to replace.
    ///
    /// # Errors
    /// 412; 409 if somebody else replaced it at the same time.
    pub async fn replace(
        &self,
        caller: &Caller,
        wanted: NoticeSettings,
        expected: impl FnOnce(i64) -> Result<(), Failure>,
    ) -> Result<NoticeSettings, Failure> {
        self.uow
            .run(async |tx| {
                let before = self.repository.settings(tx, caller.user).await?;
                expected(before.version)?;
                let wanted = NoticeSettings { version: before.version + 1, ..wanted };
                if self.repository.save_settings(tx, caller.user, &wanted).await? {
                    Ok(wanted)
                } else {
                    Err(STALE.into())
                }
            })
            .await
    }
}
