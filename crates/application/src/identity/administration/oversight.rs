//! Looking at accounts and at what happened around them.

use std::sync::Arc;

use madang_domain::{
    identity::security_event::SecurityEventKind,
    shared::{Failure, Page, PageRequest, UserId, platform},
};

use super::allow;
use crate::{
    identity::{
        RecordedEvent, SecurityEventQueries,
        queries::{AdminQueries, AdminUserView, UserFilter},
    },
    shared::Caller,
};

/// Shows accounts, and who did what.
pub struct OversightService {
    queries: Arc<dyn AdminQueries>,
    events: Arc<dyn SecurityEventQueries>,
}

impl OversightService {
    /// Wires it.
    pub fn new(queries: Arc<dyn AdminQueries>, events: Arc<dyn SecurityEventQueries>) -> Self {
        Self { queries, events }
    }

    /// Accounts, the newest first.
    ///
    /// # Errors
    /// `platform.forbidden` unless the caller operates the service.
    pub async fn users(
        &self,
        caller: &Caller,
        filter: &UserFilter,
        request: &PageRequest,
    ) -> Result<Page<AdminUserView>, Failure> {
        allow(caller)?;
        Ok(self.queries.users(filter, request).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// `platform.forbidden`, `platform.not_found`.
    pub async fn user(&self, caller: &Caller, user: UserId) -> Result<AdminUserView, Failure> {
        allow(caller)?;
        Ok(self.queries.user(user).await?.ok_or(platform::NOT_FOUND)?)
    }

    /// The log, the latest first.
    ///
    /// # Errors
    /// `platform.forbidden`.
    pub async fn log(
        &self,
        caller: &Caller,
        subject: Option<UserId>,
        kind: Option<SecurityEventKind>,
        request: &PageRequest,
    ) -> Result<Page<RecordedEvent>, Failure> {
        allow(caller)?;
        Ok(self.events.events(subject, kind, request).await?)
    }
}
