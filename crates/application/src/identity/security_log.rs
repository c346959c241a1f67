//! The append-only log of what happens around accounts.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use madang_domain::{
    identity::security_event::{SecurityEvent, SecurityEventKind, network},
    shared::{Failure, Page, PageRequest, Timestamp, UserId},
};
use uuid::Uuid;

use crate::shared::{Caller, Clock, Tx};

/// Where events are kept. There is no way to change or remove one.
#[async_trait]
pub trait SecurityEvents: Send + Sync + 'static {
    /// Adds one, with the change it is about.
    async fn append(&self, tx: &mut Tx, event: &SecurityEvent) -> anyhow::Result<()>;
}

/// An event that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its id.
    pub id: Uuid,
    /// What happened; `None` where a newer version of the program wrote it.
    pub kind: Option<SecurityEventKind>,
    /// Who did it, where it is known.
    pub actor: Option<UserId>,
    /// To whose account.
    pub subject: Option<UserId>,
    /// From which network.
    pub network: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Reads the log.
#[async_trait]
pub trait SecurityEventQueries: Send + Sync + 'static {
    /// The latest first; about one account, or of one kind, where asked for.
    async fn events(
        &self,
        subject: Option<UserId>,
        kind: Option<SecurityEventKind>,
        request: &PageRequest,
    ) -> anyhow::Result<Page<RecordedEvent>>;
}

/// Writes the log.
pub struct SecurityLog {
    events: Arc<dyn SecurityEvents>,
    clock: Arc<dyn Clock>,
}

/// Who did it, and from where.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doer {
    /// The person, where it is known.
    pub user: Option<UserId>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl From<&Caller> for Doer {
    fn from(caller: &Caller) -> Self {
        Self { user: Some(caller.user), address: Some(caller.origin.address) }
    }
}

impl SecurityLog {
    /// Wires it.
    pub fn new(events: Arc<dyn SecurityEvents>, clock: Arc<dyn Clock>) -> Self {
        Self { events, clock }
    }

    /// Records what happens to an account, if the transaction commits.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        kind: SecurityEventKind,
        doer: Doer,
        subject: Option<UserId>,
        detail: Option<String>,
    ) -> Result<(), Failure> {
        let event = SecurityEvent {
            kind,
            actor: doer.user,
            subject,
            network: doer.address.map(network),
            detail,
            at: self.clock.now(),
        };
        Ok(self.events.append(tx, &event).await?)
    }
}
