//! Sends what waits in the queue.
//!
//! At least once: a process that dies between handing a message over and noting that it did leaves
//! it to be sent again when its lease ends, under the same id.

use std::{sync::Arc, time::Duration};

use anyhow::anyhow;
use async_trait::async_trait;
use futures_util::future::join_all;
use madang_application::{
    identity::social::SocialQueries,
    shared::{Mailer, Outgoing, Parting, Partings, TextSender, Worker},
};
use madang_domain::identity::social::Subject;
use metrics::counter;
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{MessageQueue, queue::Leased};
use crate::sql::outbox::backoff;

/// How often to look for what became due.
const POLL: Duration = Duration::from_millis(300);
/// The longest pause while the database is away.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// How many messages are under way at a time.
const BATCH: i64 = 8;
/// A message that takes longer counts as failed.
const SENDING: Duration = Duration::from_secs(30);
/// How long a message is ours alone; longer than sending may take.
const LEASE: Duration = Duration::from_mins(1);
/// How many looks come before the next sweep.
const SWEEP_EVERY: u32 = 100;

/// The worker that sends.
pub struct Dispatcher {
    queue: Arc<MessageQueue>,
    mailer: Arc<dyn Mailer>,
    texts: Arc<dyn TextSender>,
    partings: Arc<dyn Partings>,
    links: Arc<dyn SocialQueries>,
    /// Whoever wants to know that nothing is under way waits for it.
    busy: Mutex<()>,
}

impl Dispatcher {
    /// Wires it.
    pub fn new(
        queue: Arc<MessageQueue>,
        mailer: Arc<dyn Mailer>,
        texts: Arc<dyn TextSender>,
        partings: Arc<dyn Partings>,
        links: Arc<dyn SocialQueries>,
    ) -> Self {
        Self { queue, mailer, texts, partings, links, busy: Mutex::default() }
    }

    /// Sends until nothing is due; for tests, and for commands that must not leave mail behind.
    /// Says how many messages left.
    ///
    /// # Errors
    /// If the database is away. A message that cannot be sent is no error: it waits.
    pub async fn run_until_idle(&self) -> anyhow::Result<usize> {
        let _alone = self.busy.lock().await;
        let mut sent = 0;
        loop {
            let leased = self.queue.lease(BATCH, LEASE).await?;
            if leased.is_empty() {
                return Ok(sent);
            }
            for outcome in join_all(leased.into_iter().map(|leased| self.send(leased))).await {
                sent += usize::from(outcome?);
            }
        }
    }

    /// Drops what nobody needs any more.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let dropped = self.queue.drop_expired().await?;
        if dropped > 0 {
            counter!("messages_total", "outcome" => "expired").increment(dropped);
            tracing::error!(dropped, "messages could not be sent in time");
        }
        Ok(())
    }

    async fn send(&self, leased: Leased) -> anyhow::Result<bool> {
        let Leased { id, attempts, message } = leased;
        let sending = async {
            match &message {
                Outgoing::Mail(mail) => self.mailer.send(id, mail).await,
                Outgoing::Text(text) => self.texts.send(id, text).await,
                Outgoing::Parting(parting) => self.part(parting).await,
                Outgoing::Unsent(_) => Ok(()),
            }
        };
        let late = Err(anyhow!("took longer than {} s", SENDING.as_secs()));
        match timeout(SENDING, sending).await.unwrap_or(late) {
            Ok(()) => {
                counter!("messages_total", "outcome" => "sent").increment(1);
                self.queue.done(id).await?;
                Ok(true)
            }
            Err(error) => {
                counter!("messages_total", "outcome" => "failed").increment(1);
                let reason: String = format!("{error:#}").chars().take(500).collect();
                // Neither the address nor the words of the message: a log is read by others.
                tracing::warn!(%id, attempts, error = reason, "a message could not be sent");
                self.queue.postpone(id, backoff::after(attempts), &reason).await?;
                Ok(false)
            }
        }
    }

    /// Whoever came back before the provider heard that they left would lose what they agreed to there
    /// a second time.
    async fn part(&self, parting: &Parting) -> anyhow::Result<()> {
        let Parting { provider, client, person, .. } = parting;
        let subject = Subject { provider: provider.clone(), client: client.clone(), key: person.clone() };
        if self.links.is_linked(&subject).await? {
            return Ok(());
        }
        self.partings.part(parting).await
    }
}

#[async_trait]
impl Worker for Dispatcher {
    fn name(&self) -> &'static str {
        "message-dispatcher"
    }

    async fn run(&self, stop: CancellationToken) {
        let (mut pause, mut round) = (POLL, 0);
        while !stop.is_cancelled() {
            let mut done = self.run_until_idle().await.map(drop);
            if round % SWEEP_EVERY == 0 {
                done = done.and(self.sweep().await);
            }
            round += 1;
            pause = match done {
                Ok(()) => POLL,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "the waiting messages cannot be read");
                    (pause * 2).min(MAX_PAUSE)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
    }
}
