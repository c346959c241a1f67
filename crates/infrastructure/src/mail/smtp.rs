//! Mail through a mail server.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp::AsyncSmtpTransportBuilder,
};
use madang_application::shared::{Clock, Mail, Mailer};
use uuid::Uuid;

use super::Sender;

/// How long one step of the conversation may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Speaks SMTP (RFC 5321), with TLS by rustls.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// `smtp://user:password@host:587?tls=required` (STARTTLS), `smtps://host:465` (TLS from the
    /// start) or, for a server on the same machine, `smtp://host:25`.
    ///
    /// # Errors
    /// If the address cannot be read. Nothing is connected yet.
    pub fn new(url: &str, sender: Sender, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self { transport: read(url)?.timeout(Some(PATIENCE)).build(), sender, clock })
    }
}

/// Whether [`SmtpMailer::new`] would take this address.
///
/// # Errors
/// If not.
pub fn check_smtp_url(url: &str) -> anyhow::Result<()> {
    read(url).map(drop)
}

fn read(url: &str) -> anyhow::Result<AsyncSmtpTransportBuilder> {
    // The library's error may show the password.
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|_| anyhow::anyhow!("must be like smtp://user:password@host:587?tls=required"))
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, id: Uuid, mail: &Mail) -> anyhow::Result<()> {
        let message = self.sender.message(id, mail, self.clock.now())?;
        self.transport.send(message).await.context("the mail server did not take it")?;
        Ok(())
    }
}
