//! A mail as it travels: RFC 5322 and MIME.

use anyhow::Context;
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};
use madang_application::shared::Mail;
use madang_domain::shared::Timestamp;
use uuid::Uuid;

/// Whom our mail comes from: `Madang <no-reply@example.com>`.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

impl Sender {
    /// From the configuration.
    ///
    /// # Errors
    /// If it is no mailbox (RFC 5322 3.4).
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(Self(text.parse().context("must be like `Madang <no-reply@example.com>`")?))
    }

    /// The address alone.
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }

    /// The mail, with both bodies. Quoted-printable, so that a mail in a file can be read.
    pub(super) fn message(&self, id: Uuid, mail: &Mail, now: Timestamp) -> anyhow::Result<Message> {
        let recipient: Address = mail.recipient.parse().context("the recipient's address")?;
        let part = |kind: ContentType, text: &str| {
            let body = Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable)
                .map_err(|_| anyhow::anyhow!("a body that cannot be encoded"))?;
            anyhow::Ok(SinglePart::builder().header(kind).body(body))
        };
        let bodies = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, &mail.text)?)
            .singlepart(part(ContentType::TEXT_HTML, &mail.html)?);
        let mut builder = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, recipient))
            .subject(mail.subject.clone())
            .date(std::time::SystemTime::from(jiff::Timestamp::from(now)))
            .message_id(Some(format!("<{id}@{}>", self.0.email.domain())))
            .header(ContentLanguage(mail.language.tag()))
            .header(AutoSubmitted);
        if let Some(address) = &mail.unsubscribe {
            builder = builder.header(ListUnsubscribe(address.clone())).header(ListUnsubscribePost);
        }
        Ok(builder.multipart(bodies)?)
    }
}

/// RFC 3282.
#[derive(Clone)]
struct ContentLanguage(&'static str);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("never read".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_owned())
    }
}

/// RFC 3834: nobody's holiday notice has to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("never read".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// RFC 2369 3.2.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("never read".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), format!("<{}>", self.0))
    }
}

/// RFC 8058 3.1: one POST to that address is enough. Providers ask that a signature covers both
/// (DKIM), which the server does that takes our mail.
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("never read".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use madang_application::shared::Language;

    use super::*;

    fn mail(recipient: &str, subject: &str) -> Mail {
        Mail {
            recipient: recipient.to_owned(),
            subject: subject.to_owned(),
            text: "인증번호\n\n123456\n".to_owned(),
            html: "<p>123456</p>".to_owned(),
            language: Language::Korean,
            unsubscribe: None,
        }
    }

    #[test]
    fn a_mail_carries_both_bodies_and_its_id() {
        let sender = Sender::parse("Madang <no-reply@madang.example>").expect("a mailbox");
        let now = Timestamp::from_micros(1_782_907_200_000_000);
        let message = sender.message(Uuid::nil(), &mail("a@example.com", "안녕하세요"), now).expect("a mail");
        let text = String::from_utf8(message.formatted()).expect("ASCII");
        for part in [
            "Message-ID: <00000000-0000-0000-0000-000000000000@madang.example>\r\n",
            "To: a@example.com\r\n",
            "Content-Language: ko\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
            "\r\n123456\r\n",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn nobody_can_add_headers_or_recipients() {
        let sender = Sender::parse("no-reply@madang.example").expect("a mailbox");
        let now = Timestamp::from_micros(0);
        for recipient in ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", ""] {
            assert!(sender.message(Uuid::nil(), &mail(recipient, "x"), now).is_err(), "{recipient}");
        }
        let message = sender.message(Uuid::nil(), &mail("a@example.com", "x\r\nBcc: b@example.com"), now);
        let text = message.map(|message| String::from_utf8_lossy(&message.formatted()).into_owned());
        assert!(!text.unwrap_or_default().contains("\r\nBcc:"));
    }
}
