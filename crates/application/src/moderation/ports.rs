//! What moderation keeps.

use async_trait::async_trait;
use madang_domain::{
    moderation::{Feedback, Report, ReportId, ReportState},
    shared::{Timestamp, UserId},
};

use crate::shared::Tx;

/// Reports and feedback.
#[async_trait]
pub trait ModerationRepository: Send + Sync + 'static {
    /// Adds a report; `false` if this person reported this before.
    async fn add_report(&self, tx: &mut Tx, report: &Report) -> anyhow::Result<bool>;

    /// Closes a report that is open; `false` if it is closed, `None` if there is none.
    async fn close_report(
        &self,
        tx: &mut Tx,
        report: ReportId,
        state: ReportState,
        by: UserId,
        at: Timestamp,
    ) -> anyhow::Result<Option<bool>>;

    /// Adds feedback.
    async fn add_feedback(&self, tx: &mut Tx, feedback: &Feedback) -> anyhow::Result<()>;

    /// Everything this person told, and everything told about them.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}
