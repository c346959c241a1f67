//! What is read of reports and feedback.

use async_trait::async_trait;
use madang_domain::{
    moderation::{Feedback, Report, ReportId, ReportState},
    shared::{Page, PageRequest, Position, Timestamp, UserId},
};

use crate::identity::queries::UserSummary;

/// A report and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    /// The report.
    pub report: Report,
    /// What became of it.
    pub state: ReportState,
    /// When an operator closed it.
    pub handled_at: Option<Timestamp>,
    /// Which operator.
    pub handled_by: Option<UserId>,
}

impl ReportView {
    /// Where it stands in a list by time.
    pub fn position(&self) -> Position {
        Position { key: 0, id: self.report.id.uuid() }
    }
}

/// A report with its people, as far as they are still here.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The report.
    pub view: ReportView,
    /// Who reported.
    pub reporter: Option<UserSummary>,
    /// Who wrote it, or who it is.
    pub accused: Option<UserSummary>,
}

/// Feedback as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackView(pub Feedback);

impl FeedbackView {
    /// Where it stands in a list by time.
    pub fn position(&self) -> Position {
        Position { key: 0, id: self.0.id.uuid() }
    }
}

/// Feedback with its author, if still here.
#[derive(Clone, Debug)]
pub struct ToldFeedback {
    /// What was said.
    pub feedback: Feedback,
    /// By whom.
    pub author: Option<UserSummary>,
}

/// The read side, for operators.
#[async_trait]
pub trait ModerationQueries: Send + Sync + 'static {
    /// One report.
    async fn report(&self, report: ReportId) -> anyhow::Result<Option<ReportView>>;

    /// Reports in this state, or all; newest first.
    async fn reports(
        &self,
        state: Option<ReportState>,
        page: &PageRequest,
    ) -> anyhow::Result<Page<ReportView>>;

    /// Feedback, newest first.
    async fn feedback(&self, page: &PageRequest) -> anyhow::Result<Page<FeedbackView>>;
}
