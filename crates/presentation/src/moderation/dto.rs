//! What goes in and out, as JSON.

use madang_application::moderation as app;
use madang_domain::{
    moderation::{self, FeedbackText, FeedbackTitle, ReportTarget, ReportText},
    shared::id::User,
};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    http::{Field, Ident, Instant},
    identity::UserSummary,
};

/// Why something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ReportReason {
    /// Advertisements, or the same thing over and over.
    Spam,
    /// Insults, hate, threats.
    Abuse,
    /// Nudity or sexual content.
    Nudity,
    /// Deceit for gain, or somebody who pretends to be somebody else.
    Fraud,
    /// Something else, told in `text`.
    Other,
}

impl From<ReportReason> for moderation::ReportReason {
    fn from(reason: ReportReason) -> Self {
        match reason {
            ReportReason::Spam => Self::Spam,
            ReportReason::Abuse => Self::Abuse,
            ReportReason::Nudity => Self::Nudity,
            ReportReason::Fraud => Self::Fraud,
            ReportReason::Other => Self::Other,
        }
    }
}

impl From<moderation::ReportReason> for ReportReason {
    fn from(reason: moderation::ReportReason) -> Self {
        match reason {
            moderation::ReportReason::Spam => Self::Spam,
            moderation::ReportReason::Abuse => Self::Abuse,
            moderation::ReportReason::Nudity => Self::Nudity,
            moderation::ReportReason::Fraud => Self::Fraud,
            moderation::ReportReason::Other => Self::Other,
        }
    }
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ReportState {
    /// Nobody looked at it.
    Open,
    /// Something was done about it.
    Resolved,
    /// Nothing needed doing.
    Dismissed,
}

impl From<ReportState> for moderation::ReportState {
    fn from(state: ReportState) -> Self {
        match state {
            ReportState::Open => Self::Open,
            ReportState::Resolved => Self::Resolved,
            ReportState::Dismissed => Self::Dismissed,
        }
    }
}

impl From<moderation::ReportState> for ReportState {
    fn from(state: moderation::ReportState) -> Self {
        match state {
            moderation::ReportState::Open => Self::Open,
            moderation::ReportState::Resolved => Self::Resolved,
            moderation::ReportState::Dismissed => Self::Dismissed,
        }
    }
}

/// What is wrong.
#[derive(Debug, Object)]
pub struct CreateReport {
    /// Why.
    pub reason: ReportReason,
    /// In one's own words; `other` needs it.
    pub text: Option<Field<ReportText>>,
}

impl From<CreateReport> for app::WriteReport {
    fn from(report: CreateReport) -> Self {
        Self { reason: report.reason.into(), text: report.text.map(|text| text.0) }
    }
}

/// A report, as whoever made it sees it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Its id.
    pub id: Ident<moderation::Report>,
    /// Why.
    pub reason: ReportReason,
    /// In one's own words.
    pub text: Option<String>,
    /// When.
    pub created_at: Instant,
}

impl From<moderation::Report> for Report {
    fn from(report: moderation::Report) -> Self {
        Self {
            id: report.id.into(),
            reason: report.reason.into(),
            text: report.text.map(Into::into),
            created_at: report.created_at.into(),
        }
    }
}

/// A report, as operators see it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct AdminReport {
    /// Its id.
    pub id: Ident<moderation::Report>,
    /// The post that is reported; null where it is a person.
    pub post_id: Option<Ident<Uuid>>,
    /// Who wrote it, or who it is; null once they left.
    pub accused: Option<UserSummary>,
    /// Who reported it; null once they left.
    pub reporter: Option<UserSummary>,
    /// Why.
    pub reason: ReportReason,
    /// In their own words.
    pub text: Option<String>,
    /// What became of it.
    pub status: ReportState,
    /// When it was reported.
    pub created_at: Instant,
    /// When it was closed.
    pub handled_at: Option<Instant>,
    /// Who closed it.
    pub handled_by: Option<Ident<User>>,
}

impl From<app::Reported> for AdminReport {
    fn from(reported: app::Reported) -> Self {
        let app::ReportView { report, state, handled_at, handled_by } = reported.view;
        let post_id = match report.target {
            ReportTarget::Post(post) => Some(Ident(post.into())),
            ReportTarget::User(_) => None,
        };
        Self {
            id: report.id.into(),
            post_id,
            accused: reported.accused.map(Into::into),
            reporter: reported.reporter.map(Into::into),
            reason: report.reason.into(),
            text: report.text.map(Into::into),
            status: state.into(),
            created_at: report.created_at.into(),
            handled_at: handled_at.map(Into::into),
            handled_by: handled_by.map(Into::into),
        }
    }
}

/// What somebody thinks about the service.
#[derive(Debug, Object)]
pub struct CreateFeedback {
    /// What it is about.
    pub title: Field<FeedbackTitle>,
    /// What there is to say.
    pub text: Field<FeedbackText>,
}

impl From<CreateFeedback> for app::WriteFeedback {
    fn from(feedback: CreateFeedback) -> Self {
        Self { title: feedback.title.0, text: feedback.text.0 }
    }
}

/// Feedback, as whoever gave it sees it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// Its id.
    pub id: Ident<moderation::Feedback>,
    /// What it is about.
    pub title: String,
    /// What was said.
    pub text: String,
    /// When.
    pub created_at: Instant,
}

impl From<moderation::Feedback> for Feedback {
    fn from(feedback: moderation::Feedback) -> Self {
        Self {
            id: feedback.id.into(),
            title: feedback.title.into(),
            text: feedback.text.into(),
            created_at: feedback.created_at.into(),
        }
    }
}

/// Feedback, as operators see it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct AdminFeedback {
    /// Its id.
    pub id: Ident<moderation::Feedback>,
    /// Who gave it; null once they left.
    pub author: Option<UserSummary>,
    /// What it is about.
    pub title: String,
    /// What was said.
    pub text: String,
    /// When.
    pub created_at: Instant,
}

impl From<app::ToldFeedback> for AdminFeedback {
    fn from(told: app::ToldFeedback) -> Self {
        let feedback = told.feedback;
        Self {
            id: feedback.id.into(),
            author: told.author.map(Into::into),
            title: feedback.title.into(),
            text: feedback.text.into(),
            created_at: feedback.created_at.into(),
        }
    }
}
