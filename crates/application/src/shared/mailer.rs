//! Messages to people outside the service: mail and text messages.
//!
//! A use case puts a message into the [`OutgoingMessages`] of its own transaction and is done. A
//! worker takes it from there and hands it to [`Mailer`] or [`TextSender`], again and again until it
//! is sent or too old. So no request waits for a mail server, nothing that was acknowledged is
//! lost, and nothing is sent for a change that was rolled back.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Tx;

/// A language we write to people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// The default.
    English,
    /// For those whose locale, or whose browser, says so.
    Korean,
}

impl Language {
    /// The language of a BCP 47 tag, such as the locale in somebody's preferences.
    pub fn of_locale(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("ko") { Self::Korean } else { Self::English }
    }

    /// The primary tag, for `Content-Language` and HTML's `lang`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

/// A mail to one person. Both bodies say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address; nothing else is known of the recipient.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// For programs that show no HTML.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
    /// The language of all of it.
    pub language: Language,
}

/// A text message to one phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextMessage {
    /// E.164.
    pub phone: String,
    /// What the phone shows.
    pub text: String,
}

/// A message that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outgoing {
    /// By mail.
    Mail(Mail),
    /// By text message.
    Text(TextMessage),
    /// To nobody. Written where somebody might measure whether there was anybody to write to.
    Nothing,
}

/// The messages that wait to be sent, kept with everything else the service keeps.
#[async_trait]
pub trait OutgoingMessages: Send + Sync + 'static {
    /// Sends the message if and only if the transaction commits. After `life` it is of no use any
    /// more and is dropped unsent.
    async fn put(&self, tx: &mut Tx, message: &Outgoing, life: Duration) -> anyhow::Result<()>;
}

/// Hands mail over to something that delivers it.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Returns when somebody else is responsible for the mail. The id stays the same when it is
    /// tried again, so that a mail that went out twice is recognised.
    async fn send(&self, id: Uuid, mail: &Mail) -> anyhow::Result<()>;
}

/// Hands text messages over to something that delivers them.
#[async_trait]
pub trait TextSender: Send + Sync + 'static {
    /// Like [`Mailer::send`].
    async fn send(&self, id: Uuid, message: &TextMessage) -> anyhow::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_have_a_language() {
        for tag in ["ko", "ko-KR", "KO_kr"] {
            assert_eq!(Language::of_locale(tag), Language::Korean, "{tag}");
        }
        for tag in ["en", "en-US", "de", "kok", ""] {
            assert_eq!(Language::of_locale(tag), Language::English, "{tag}");
        }
    }
}
