//! What people tell the operators: reports of posts and people, and feedback about the service.

pub mod domain_events;
pub mod errors;
mod report;

pub use report::{
    Feedback, FeedbackId, FeedbackText, FeedbackTitle, Report, ReportId, ReportReason, ReportState,
    ReportTarget, ReportText,
};
