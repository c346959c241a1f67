//! What people tell about themselves, and how they like it.

use std::sync::Arc;

use madang_domain::{
    identity::{
        Account, Avatar, Preferences, account::Change, domain_events::ProfileChanged, errors::SESSION_ENDED,
    },
    shared::{Failure, PictureId, UserId},
};

use super::ports::{AccountRepository, written};
use crate::shared::{Caller, Pictures, Tx, UnitOfWork};

/// Where the picture stands in a request.
const AVATAR: &str = "/avatarMediaId";

/// Changes profiles and preferences.
pub struct ProfileService {
    uow: Arc<UnitOfWork>,
    accounts: Arc<dyn AccountRepository>,
    pictures: Arc<dyn Pictures>,
}

impl ProfileService {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        accounts: Arc<dyn AccountRepository>,
        pictures: Arc<dyn Pictures>,
    ) -> Self {
        Self { uow, accounts, pictures }
    }

    /// Changes what the caller tells, if the account's version meets the precondition.
    ///
    /// # Errors
    /// `identity.nickname_taken`, `media.unknown_picture`, `platform.precondition_failed`,
    /// `identity.session_ended`.
    pub async fn change(
        &self,
        caller: &Caller,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        mut change: Change,
        avatar: Option<Option<PictureId>>,
    ) -> Result<(), Failure> {
        let user = caller.user;
        self.edit(user, precondition, async |tx, account| {
            change.avatar = match avatar {
                None => None,
                Some(None) => Some(None),
                Some(Some(id)) => {
                    let name = self.pictures.take_one(tx, user, id, AVATAR).await?;
                    Some(Some(Avatar { id, name }))
                }
            };
            Ok(account.apply(change))
        })
        .await
    }

    /// Changes how the caller likes it, if the account's version meets the precondition.
    ///
    /// # Errors
    /// `platform.precondition_failed`, `identity.session_ended`.
    pub async fn prefer(
        &self,
        caller: &Caller,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        change: impl FnOnce(&mut Preferences) + Send,
    ) -> Result<(), Failure> {
        self.edit(caller.user, precondition, async |_, account| {
            change(&mut account.preferences);
            Ok(false)
        })
        .await
    }

    /// `edit` answers whether others see the change.
    async fn edit(
        &self,
        user: UserId,
        precondition: impl Fn(i64) -> Result<(), Failure> + Send + Sync,
        edit: impl AsyncFnOnce(&mut Tx, &mut Account) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let mut account = self.accounts.find(tx, user).await?.ok_or(SESSION_ENDED)?;
                precondition(account.version)?;
                let before = account.clone();
                let visible = edit(tx, &mut account).await?;
                if account == before {
                    return Ok(());
                }
                written(self.accounts.save(tx, &account).await?)?;
                if visible {
                    tx.publish(&ProfileChanged { user_id: user, nickname: account.nickname.to_string() })?;
                }
                Ok(())
            })
            .await
    }
}
