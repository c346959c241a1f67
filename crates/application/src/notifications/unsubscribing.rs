//! Ending the mails from the mail itself, without logging in (RFC 2369 3.2, RFC 8058).
//!
//! A mail carries an address that only this service can have made, and that is good for one thing:
//! no more such mail to this person. It does not end, because mails are kept for years. Fetching it
//! changes nothing, since programs that look at mail fetch what is in it; sending something to it
//! does.

use std::{fmt::Write, sync::Arc};

use madang_domain::{
    notifications::{Channels, NoticeSettings, NotificationKind},
    shared::{Failure, UserId, platform::NOT_FOUND, platform::STALE},
};
use uuid::Uuid;

use super::NotificationRepository;
use crate::{
    identity::queries::UserQueries,
    shared::{Sealer, UnitOfWork},
};

/// Where mails can be ended.
const PATH: &str = "/v1/notifications/unsubscribe";

/// Makes addresses that end somebody's mails, and knows its own again.
pub struct MailLinks {
    sealer: Arc<dyn Sealer>,
    base: String,
}

impl MailLinks {
    /// Addresses under this base, which has no slash at its end. The sealer is for nothing else.
    pub fn new(sealer: Arc<dyn Sealer>, base: String) -> Self {
        Self { sealer, base }
    }

    /// The address that ends this person's mails.
    pub fn unsubscribe(&self, user: UserId) -> String {
        let mut address = format!("{}{PATH}?token=", self.base);
        for byte in self.sealer.seal(user.uuid().as_bytes()) {
            let _ = write!(address, "{byte:02x}");
        }
        address
    }

    /// Whom a token is about; `None` if it is none of ours.
    fn user(&self, token: &str) -> Option<UserId> {
        // No token of ours is longer; a long one costs nothing.
        if token.len() > 200 || !token.is_ascii() || !token.len().is_multiple_of(2) {
            return None;
        }
        let byte = |place| u8::from_str_radix(token.get(place..place + 2)?, 16).ok();
        let sealed: Option<Vec<u8>> = (0..token.len()).step_by(2).map(byte).collect();
        let plain = self.sealer.open(&sealed?)?;
        Some(UserId::new(Uuid::from_slice(&plain).ok()?))
    }
}

/// Ends mails.
pub struct UnsubscribeService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn NotificationRepository>,
    users: Arc<dyn UserQueries>,
    links: Arc<MailLinks>,
}

impl UnsubscribeService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn NotificationRepository>,
        users: Arc<dyn UserQueries>,
        links: Arc<MailLinks>,
    ) -> Self {
        Self { uow, repository, users, links }
    }

    /// Refuses what no mail of ours ever said.
    ///
    /// # Errors
    /// 404.
    pub fn check(&self, token: &str) -> Result<(), Failure> {
        self.links.user(token).map(|_| ()).ok_or_else(|| NOT_FOUND.into())
    }

    /// Switches mail off for all kinds, and throws away what waits for the next one. The list and
    /// push stay as they are. Again changes nothing; whoever is gone gets no mail anyway.
    ///
    /// # Errors
    /// 404 for what no mail of ours ever said; 409 if the person changes their preferences at the
    /// same time.
    pub async fn unsubscribe(&self, token: &str) -> Result<(), Failure> {
        let user = self.links.user(token).ok_or(NOT_FOUND)?;
        if !self.users.exists(user).await? {
            return Ok(());
        }
        self.uow
            .run(async |tx| {
                let before = self.repository.settings(tx, user).await?;
                let choices = NotificationKind::ALL.into_iter().map(|kind| {
                    let channels = before.channels(kind);
                    (kind, Channels { email: false, ..channels })
                });
                let choices = choices.collect();
                let wanted = NoticeSettings { choices, version: before.version + 1, ..before.clone() };
                if wanted.choices != before.choices
                    && !self.repository.save_settings(tx, user, &wanted).await?
                {
                    return Err(STALE.into());
                }
                self.repository.take_digest(tx, user).await?;
                Ok(())
            })
            .await
    }
}
