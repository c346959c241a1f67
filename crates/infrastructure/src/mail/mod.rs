//! Messages to people: the queue they wait in, and the ways they leave.

mod dispatcher;
mod files;
mod message;
mod queue;
mod smtp;
mod webhook;

pub use dispatcher::Dispatcher;
pub use files::{FileMailer, FileTexts};
pub use message::Sender;
pub use queue::MessageQueue;
pub use smtp::{SmtpMailer, check_smtp_url};
pub use webhook::{WebhookTexts, check_webhook_secret};
