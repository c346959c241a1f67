//! Messages that leave the service: mail and text messages, and word to those people log in at.
//!
//! A use case puts a message into the [`OutgoingMessages`] of its own transaction and is done. A
//! worker takes it from there and hands it to [`Mailer`], [`TextSender`] or [`Partings`], again and again until it
//! is sent or too old. So no request waits for a mail server, nothing that was acknowledged is
//! lost, and nothing is sent for a change that was rolled back.

use std::{fmt, time::Duration};

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
    /// The address that ends mails like this one; `None` for what nobody can end.
    #[serde(default)]
    pub unsubscribe: Option<String>,
}

/// A text message to one phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextMessage {
    /// E.164.
    pub phone: String,
    /// What the phone shows.
    pub text: String,
}

/// Word to another service that somebody who came from there is not with us any more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parting {
    /// The service's name in our configuration.
    pub provider: String,
    /// Our application there: keys of persons are its own. Words left by older versions do not say.
    #[serde(default)]
    pub client: String,
    /// The service's key of the person.
    pub person: String,
    /// A token of the service about the person, where one was kept.
    pub token: Option<ProviderToken>,
}

/// A token another service gave us.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderToken {
    /// The token.
    pub text: String,
    /// Whether it is one that others are made from and that lasts (a refresh token).
    pub lasts: bool,
}

impl fmt::Debug for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parting").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl fmt::Debug for ProviderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderToken").field("lasts", &self.lasts).finish_non_exhaustive()
    }
}

/// A message that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outgoing {
    /// By mail.
    Mail(Mail),
    /// By text message.
    Text(TextMessage),
    /// To the service somebody logged in at.
    Parting(Parting),
    /// To nobody. Written where somebody might measure whether there was anybody to write to: it costs
    /// what a mail costs, until it is thrown away.
    Unsent(Mail),
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

/// Tells other services that somebody left.
#[async_trait]
pub trait Partings: Send + Sync + 'static {
    /// Returns when the service knows, or when it can never be told. Telling it twice does no harm.
    async fn part(&self, parting: &Parting) -> anyhow::Result<()>;
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
