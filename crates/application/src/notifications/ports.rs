//! What notifications keep.

use async_trait::async_trait;
use madang_domain::{
    notifications::{Notification, NotificationId},
    shared::{Timestamp, UserId},
};

use crate::shared::Tx;

/// Notifications of people.
#[async_trait]
pub trait NotificationRepository: Send + Sync + 'static {
    /// Adds it unless its person was told of its cause before.
    async fn add(&self, tx: &mut Tx, notification: &Notification) -> anyhow::Result<()>;

    /// Marks these as read; those of others and those read before are left alone.
    async fn read_some(
        &self,
        tx: &mut Tx,
        user: UserId,
        ids: &[NotificationId],
        at: Timestamp,
    ) -> anyhow::Result<()>;

    /// Marks this one and all older ones as read.
    async fn read_up_to(
        &self,
        tx: &mut Tx,
        user: UserId,
        newest: NotificationId,
        at: Timestamp,
    ) -> anyhow::Result<()>;

    /// Everything told to this person, and told about them.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}
