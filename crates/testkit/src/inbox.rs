//! What people got: the mails and text messages the program wrote to its data directory.

use std::path::Path;

use mail_parser::{HeaderValue, MessageParser};
use serde_json::Value;

use crate::{TestApp, text};

/// A mail, taken apart by a parser that nobody here wrote.
#[derive(Clone, Debug)]
pub struct ReceivedMail {
    /// Addresses.
    pub to: Vec<String>,
    /// Decoded.
    pub subject: String,
    /// Decoded, with LF.
    pub text: String,
    /// Decoded.
    pub html: String,
    /// `Content-Language`.
    pub language: String,
    /// As it was written.
    pub raw: String,
}

/// A text message.
#[derive(Clone, Debug)]
pub struct ReceivedText {
    /// E.164.
    pub to: String,
    /// The words.
    pub text: String,
}

impl ReceivedMail {
    /// Takes a mail apart.
    ///
    /// # Panics
    /// If it is none.
    pub fn parse(raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).expect("a mail");
        let to = message.to().into_iter().flat_map(|to| to.iter());
        let language = match message.header("Content-Language") {
            Some(HeaderValue::Text(tag)) => tag.to_string(),
            Some(HeaderValue::TextList(tags)) => tags.join(","),
            _ => String::new(),
        };
        Self {
            to: to.filter_map(|address| address.address().map(str::to_owned)).collect(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).expect("a text").replace("\r\n", "\n"),
            html: message.body_html(0).expect("HTML").into_owned(),
            language,
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }

    /// The code in it: six digits alone on a line.
    ///
    /// # Panics
    /// If there is none.
    pub fn code(&self) -> String {
        self.text.lines().find(|line| is_code(line)).expect("a code in the mail").to_owned()
    }
}

impl ReceivedText {
    /// The code in it: six digits in a row.
    ///
    /// # Panics
    /// If there is none.
    pub fn code(&self) -> String {
        let mut words = self.text.split(|c: char| !c.is_ascii_digit());
        words.find(|word| is_code(word)).expect("a code in the message").to_owned()
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The mails to this address in a data directory so far, the oldest first.
pub fn mails(data: &Path, address: &str) -> Vec<ReceivedMail> {
    let mails = files(&data.join("mail")).into_iter().map(|raw| ReceivedMail::parse(&raw));
    mails.filter(|mail| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address))).collect()
}

/// The text messages to this phone in a data directory so far, the oldest first.
///
/// # Panics
/// If one is not what the program writes.
pub fn texts(data: &Path, phone: &str) -> Vec<ReceivedText> {
    let texts = files(&data.join("sms")).into_iter().map(|raw| {
        let value: Value = serde_json::from_slice(&raw).expect("JSON");
        ReceivedText { to: text(&value["to"]), text: text(&value["text"]) }
    });
    texts.filter(|text| text.to == phone).collect()
}

impl TestApp {
    /// The mails to this address so far, the oldest first.
    pub async fn mails_to(&self, address: &str) -> Vec<ReceivedMail> {
        self.settle().await;
        mails(self.data(), address)
    }

    /// The text messages to this phone so far, the oldest first.
    pub async fn texts_to(&self, phone: &str) -> Vec<ReceivedText> {
        self.settle().await;
        texts(self.data(), phone)
    }

    /// The code in the latest mail to this address.
    ///
    /// # Panics
    /// If there is none.
    pub async fn mailed_code(&self, address: &str) -> String {
        self.mails_to(address).await.last().expect("a mail").code()
    }
}

/// The whole files of a folder, by name, which begins with a time.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a file")).collect()
}
