//! Transactions: one atomic change, with its domain events.

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use madang_domain::shared::{DomainEvent, Failure, platform};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A domain event on its way to the outbox.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// [`DomainEvent::NAME`].
    pub name: &'static str,
    /// The event as JSON.
    pub payload: String,
}

/// Identifies one intended effect of one client: the same key with the same fingerprint has its
/// effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnceKey {
    /// The account, or the anonymous client, the key belongs to.
    pub actor: String,
    /// Method and route template.
    pub route: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub fingerprint: [u8; 32],
}

/// What the store knows of a [`OnceKey`] when a transaction claims it.
#[derive(Debug)]
pub enum Claim {
    /// Nobody had it; it is ours now.
    Fresh,
    /// The effect happened before, with this result (JSON).
    Done(String),
    /// The key was used for another request.
    Reused,
    /// The first request did not end in time.
    Busy,
}

/// The open transaction of some store.
#[async_trait]
pub trait Session: Any + Send {
    /// Writes the events to the outbox and commits all of it.
    async fn commit(self: Box<Self>, events: Vec<Envelope>) -> anyhow::Result<()>;

    /// Claims the key within this transaction, waiting for a running twin.
    async fn claim(&mut self, key: &OnceKey) -> anyhow::Result<Claim>;

    /// Remembers the result under a key claimed by this transaction.
    async fn settle(&mut self, key: &OnceKey, result: &str) -> anyhow::Result<()>;
}

/// Opens transactions.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins a transaction that may write.
    async fn begin(&self) -> anyhow::Result<Box<dyn Session>>;
}

/// One atomic change: its writes and its events happen together, or not at all.
pub struct Tx {
    session: Box<dyn Session>,
    events: Vec<Envelope>,
}

impl Tx {
    /// Announces a fact. It reaches subscribers if and only if the transaction commits.
    pub fn publish<E: DomainEvent>(&mut self, event: &E) -> Result<(), Failure> {
        let payload = serde_json::to_string(event).map_err(anyhow::Error::from)?;
        self.events.push(Envelope { name: E::NAME, payload });
        Ok(())
    }

    /// For adapters: the session of the store that began this transaction.
    ///
    /// # Panics
    /// If an adapter of another store is asked, which is a wiring mistake.
    pub fn session<S: Session>(&mut self) -> &mut S {
        let session: &mut dyn Any = &mut *self.session;
        #[expect(clippy::expect_used, reason = "only one store is wired, and adapters are its own")]
        session.downcast_mut().expect("a Tx only meets adapters of the store that began it")
    }
}

/// Work too long for one transaction, in which others would wait, as steps of one transaction each.
#[async_trait]
pub trait Stepwise: Send + Sync {
    /// What is known after some steps, and all that is kept from one to the next.
    type Known: Default + Serialize + DeserializeOwned + Send;

    /// Keeps others from what the work is about: first in every step, so that twins take turns by it.
    async fn keep(&self, tx: &mut Tx) -> Result<(), Failure>;

    /// The next step; whether there is more.
    async fn step(&self, tx: &mut Tx, known: &mut Self::Known) -> Result<bool, Failure>;
}

/// What is remembered under a key between the steps of [`UnitOfWork::run_in_steps`].
#[derive(Serialize, Deserialize)]
struct Steps<T> {
    known: T,
    ended: bool,
}

impl<T: DeserializeOwned> Steps<T> {
    /// From what is remembered. Work that was done at once, by [`UnitOfWork::run_once`] before it went in
    /// steps, left its result alone, and has ended.
    fn kept(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).or_else(|error| {
            let whole = serde_json::from_str(text).map(|known| Self { known, ended: true });
            whole.map_err(|_| error)
        })
    }
}

/// Runs changes atomically.
pub struct UnitOfWork {
    store: Arc<dyn Store>,
}

impl UnitOfWork {
    /// Transactions of this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// `Ok` commits; `Err`, a panic or a dropped request rolls back.
    ///
    /// Never call it inside itself: pass `tx` on.
    pub async fn run<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut tx = Tx { session: self.store.begin().await?, events: Vec::new() };
        let value = work(&mut tx).await?;
        tx.session.commit(tx.events).await?;
        Ok(value)
    }

    /// Like [`Self::run`], but a repeated `key` has no second effect: the first result is
    /// returned instead. The claim, the effect and the result are one transaction.
    ///
    /// # Errors
    /// `platform.idempotency_key_reused` for another request under the same key,
    /// `platform.idempotency_key_busy` if the first one is still running after some seconds.
    pub async fn run_once<T: Serialize + DeserializeOwned>(
        &self,
        key: Option<&OnceKey>,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(key) = key else { return self.run(work).await };
        let mut tx = Tx { session: self.store.begin().await?, events: Vec::new() };
        match tx.session.claim(key).await? {
            Claim::Fresh => {}
            Claim::Done(result) => return Ok(serde_json::from_str(&result).map_err(anyhow::Error::from)?),
            Claim::Reused => return Err(platform::IDEMPOTENCY_KEY_REUSED.into()),
            Claim::Busy => return Err(Failure::from(platform::IDEMPOTENCY_KEY_BUSY).retry_after(1)),
        }
        let value = work(&mut tx).await?;
        let result = serde_json::to_string(&value).map_err(anyhow::Error::from)?;
        tx.session.settle(key, &result).await?;
        tx.session.commit(tx.events).await?;
        Ok(value)
    }

    /// Does work step by step. What is known after a step is kept under `key` with the step itself: a
    /// repetition goes on where the first request stopped, so that no step happens twice.
    ///
    /// # Errors
    /// Those of [`Self::run_once`]. What was done by the steps before stays.
    pub async fn run_in_steps<W: Stepwise>(
        &self,
        key: Option<&OnceKey>,
        work: &W,
    ) -> Result<W::Known, Failure> {
        let mut steps = Steps { known: W::Known::default(), ended: false };
        while !steps.ended {
            let mut tx = Tx { session: self.store.begin().await?, events: Vec::new() };
            work.keep(&mut tx).await?;
            if let Some(key) = key {
                match tx.session.claim(key).await? {
                    Claim::Fresh => {}
                    Claim::Done(known) => {
                        steps = Steps::kept(&known).map_err(anyhow::Error::from)?;
                        if steps.ended {
                            break;
                        }
                    }
                    Claim::Reused => return Err(platform::IDEMPOTENCY_KEY_REUSED.into()),
                    Claim::Busy => return Err(Failure::from(platform::IDEMPOTENCY_KEY_BUSY).retry_after(1)),
                }
            }
            steps.ended = !work.step(&mut tx, &mut steps.known).await?;
            if let Some(key) = key {
                let known = serde_json::to_string(&steps).map_err(anyhow::Error::from)?;
                tx.session.settle(key, &known).await?;
            }
            tx.session.commit(tx.events).await?;
        }
        Ok(steps.known)
    }
}
