//! One mail about everything that waits for somebody, instead of one mail each.

use std::{fmt::Write, sync::Arc, time::Duration};

use madang_domain::shared::Failure;

use super::{Digest, MailLinks, NotificationRepository, words::sentence};
use crate::shared::{Clock, Language, Mail, Outgoing, OutgoingMessages, UnitOfWork};

/// After so long a mail is of no use any more.
const LIFE: Duration = Duration::from_hours(24);
/// More are counted, but not listed.
const LISTED: usize = 50;

/// Writes digests.
pub struct DigestService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn NotificationRepository>,
    outgoing: Arc<dyn OutgoingMessages>,
    links: Arc<MailLinks>,
    clock: Arc<dyn Clock>,
}

impl DigestService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn NotificationRepository>,
        outgoing: Arc<dyn OutgoingMessages>,
        links: Arc<MailLinks>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, outgoing, links, clock }
    }

    /// Writes to one person for whom something is due; says whether there was one.
    ///
    /// # Errors
    /// Only outages; it is written later.
    pub async fn write(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                let Some(user) = self.repository.due_for_mail(tx, now).await? else { return Ok(false) };
                // What was read meanwhile, or may not be seen any more, is left out.
                if let Some(digest) = self.repository.take_digest(tx, user).await? {
                    self.outgoing
                        .put(tx, &Outgoing::Mail(compose(&digest, self.links.unsubscribe(user))), LIFE)
                        .await?;
                }
                Ok(true)
            })
            .await
    }
}

fn compose(digest: &Digest, unsubscribe: String) -> Mail {
    let language = Language::of_locale(&digest.locale);
    let lines: Vec<_> = digest.lines.iter().take(LISTED).map(|line| sentence(line, language)).collect();
    let more = digest.lines.len().saturating_sub(LISTED);
    let (subject, tail) = match language {
        Language::English => ("What happened on Madang".to_owned(), format!("And {more} more.")),
        Language::Korean => ("마당 새 소식".to_owned(), format!("그 밖에 {more}건.")),
    };
    let (mut text, mut html) = (String::new(), String::new());
    for line in lines.iter().map(String::as_str).chain((more > 0).then_some(tail.as_str())) {
        let _ = writeln!(text, "- {line}");
        let _ = write!(html, "<li>{}</li>", escaped(line));
    }
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
         <body><h1>{subject}</h1><ul>{html}</ul></body></html>",
        language.tag()
    );
    let (recipient, unsubscribe) = (digest.address.clone(), Some(unsubscribe));
    Mail { recipient, subject, text, html, language, unsubscribe }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
