//! Reports and feedback: people tell, operators read and decide.

pub mod ports;
pub mod queries;
mod service;

pub use ports::ModerationRepository;
pub use queries::{FeedbackView, ModerationQueries, ReportView, Reported, ToldFeedback};
pub use service::{ModerationFarewell, ModerationService, WriteFeedback, WriteReport};
