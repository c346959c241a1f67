//! Reactions to what other capabilities announce.

use std::{any::type_name, marker::PhantomData, sync::Arc};

use anyhow::Context;
use async_trait::async_trait;
use madang_domain::shared::{DomainEvent, Failure};

use super::Tx;

/// A typed reaction. Its database effects and the mark "delivered" are one transaction, so they
/// happen exactly once; effects outside the database must be repeatable.
#[async_trait]
pub trait Handles<E: DomainEvent>: Send + Sync + 'static {
    /// Reacts; an error means "try again later".
    async fn handle(&self, tx: &mut Tx, event: E) -> Result<(), Failure>;
}

/// A reaction as the relay sees it.
#[async_trait]
pub trait Subscriber: Send + Sync + 'static {
    /// The event it listens to.
    fn event(&self) -> &'static str;

    /// Stable name of the reaction; a delivery row carries it.
    fn name(&self) -> &'static str;

    /// Decodes and reacts.
    async fn deliver(&self, tx: &mut Tx, payload: &str) -> Result<(), Failure>;
}

/// Adapts a typed handler to the list of subscribers: `registry.bind(on::<OrderPaid, Receipts>)`.
pub fn on<E: DomainEvent, H: Handles<E>>(handler: Arc<H>) -> Arc<dyn Subscriber> {
    Arc::new(On { handler, event: PhantomData::<fn() -> E> })
}

struct On<E, H> {
    handler: Arc<H>,
    event: PhantomData<fn() -> E>,
}

#[async_trait]
impl<E: DomainEvent, H: Handles<E>> Subscriber for On<E, H> {
    fn event(&self) -> &'static str {
        E::NAME
    }

    fn name(&self) -> &'static str {
        let path = type_name::<H>();
        path.rsplit("::").next().unwrap_or(path)
    }

    async fn deliver(&self, tx: &mut Tx, payload: &str) -> Result<(), Failure> {
        let event = serde_json::from_str(payload).with_context(|| format!("payload of {}", E::NAME))?;
        self.handler.handle(tx, event).await
    }
}
