//! What notifications keep.

use async_trait::async_trait;
use madang_domain::{
    notifications::{NoticeSettings, Notification, NotificationId, NotificationKind},
    shared::{Timestamp, UserId},
};
use uuid::Uuid;

use super::UpTo;
use crate::shared::Tx;

/// A line of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestLine {
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it.
    pub actor: Option<String>,
    /// How often.
    pub count: i64,
    /// What the event is called that somebody is reminded of.
    pub title: Option<String>,
}

/// What somebody wrote in a room that waits for somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Who wrote it.
    pub sender: UserId,
    /// How many messages they are, counted up to 100 of all senders.
    pub count: i64,
    /// The number of the last.
    pub seq: i64,
}

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Where it goes.
    pub address: String,
    /// The recipient's language (BCP 47).
    pub locale: String,
    /// At least one.
    pub lines: Vec<DigestLine>,
}

/// Notifications of people.
#[async_trait]
pub trait NotificationRepository: Send + Sync + 'static {
    /// Adds it, to the list or only to what waits to be sent, unless its person was told of its
    /// cause before; says whether it was added.
    async fn add(&self, tx: &mut Tx, notification: &Notification, in_app: bool) -> anyhow::Result<bool>;

    /// How this person wants to be told.
    async fn settings(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<NoticeSettings>;

    /// Replaces the settings of the version before; says whether they still were of it.
    async fn save_settings(
        &self,
        tx: &mut Tx,
        user: UserId,
        settings: &NoticeSettings,
    ) -> anyhow::Result<bool>;

    /// Lets a notification wait for the next mail after an instant.
    async fn wait_for_mail(
        &self,
        tx: &mut Tx,
        notification: &Notification,
        due: Timestamp,
    ) -> anyhow::Result<()>;

    /// Lets a notification wait to be pushed from an instant on, if its person has devices.
    async fn wait_for_push(
        &self,
        tx: &mut Tx,
        notification: &Notification,
        due: Timestamp,
    ) -> anyhow::Result<()>;

    /// Somebody for whom a mail is due. Other processes leave what was found alone meanwhile.
    async fn due_for_mail(&self, tx: &mut Tx, now: Timestamp) -> anyhow::Result<Option<UserId>>;

    /// Takes everything that waits for this person's next mail, without what was read meanwhile or
    /// may not be seen any more; `None` if nothing is left.
    async fn take_digest(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<Digest>>;

    /// What of the messages of a room after the first and up to the second number still waits for
    /// somebody who is in it, by whoever wrote it, the latest last. Until the transaction ends they
    /// read no further.
    async fn unread(
        &self,
        tx: &mut Tx,
        user: UserId,
        room: Uuid,
        after: i64,
        seq: i64,
    ) -> anyhow::Result<Vec<Unread>>;

    /// Marks what is about a room's messages as read, unless one that is told of still waits.
    async fn read_room(&self, tx: &mut Tx, user: UserId, room: Uuid, at: Timestamp) -> anyhow::Result<()>;

    /// Marks these as read; those of others and those read before are left alone.
    async fn read_some(
        &self,
        tx: &mut Tx,
        user: UserId,
        ids: &[NotificationId],
        at: Timestamp,
    ) -> anyhow::Result<()>;

    /// Marks everything this far as read.
    async fn read_up_to(&self, tx: &mut Tx, user: UserId, newest: UpTo, at: Timestamp) -> anyhow::Result<()>;

    /// Everything told to this person, and told about them.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}
