//! Web push: telling the devices that subscribed, also while no page is open (RFC 8030).

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_domain::{
    notifications::{NotificationId, errors::PUSH_ENDPOINT_REFUSED, errors::TOO_MANY_SUBSCRIPTIONS},
    shared::{Failure, Id, Timestamp, UserId, platform::NOT_FOUND},
};
use serde_json::json;

use super::{DigestLine, words::sentence};
use crate::shared::{Caller, Clock, Language, Tx, UnitOfWork, new_id};

/// A person has no more devices.
const MAX_SUBSCRIPTIONS: u64 = 20;
/// A message that could not be delivered for so many attempts is dropped.
const ATTEMPTS: i64 = 5;
/// An attempt has ended after this time, well or not.
const LEASE: Duration = Duration::from_secs(60);
/// Nothing waits longer for its next attempt, whatever a push service says.
const LONGEST_WAIT: Duration = Duration::from_hours(6);

/// Marks ids of subscriptions.
#[derive(Debug)]
pub enum PushSubscription {}

/// The id of a subscription.
pub type SubscriptionId = Id<PushSubscription>;

/// Where a device is reached, and what it is reached with (RFC 8291).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The push service's address of it.
    pub endpoint: String,
    /// Its public key: an uncompressed point of P-256.
    pub p256dh: Vec<u8>,
    /// Its secret of 16 bytes.
    pub auth: Vec<u8>,
    /// When it stops being reached, if its browser says so.
    pub expires_at: Option<Timestamp>,
}

/// A device that subscribed.
#[derive(Clone, Debug)]
pub struct Subscribed {
    /// Its id.
    pub id: SubscriptionId,
    /// Where it is reached.
    pub endpoint: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// Something to push, leased to whoever got it.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its delivery.
    pub id: Id<Parcel>,
    /// To whom.
    pub user: UserId,
    /// About what.
    pub notification: NotificationId,
    /// What it says.
    pub line: DigestLine,
    /// The recipient's language (BCP 47).
    pub locale: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// Devices, and what waits for them.
#[async_trait]
pub trait PushRepository: Send + Sync + 'static {
    /// Adds a device or takes it over from whoever had it; answers its id.
    async fn subscribe(
        &self,
        tx: &mut Tx,
        user: UserId,
        id: SubscriptionId,
        device: &Device,
        at: Timestamp,
    ) -> anyhow::Result<SubscriptionId>;

    /// How many devices this person has.
    async fn count(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<u64>;

    /// Forgets a device of this person; says whether there was one.
    async fn unsubscribe(&self, tx: &mut Tx, user: UserId, id: SubscriptionId) -> anyhow::Result<bool>;

    /// Takes the next thing that is due, and leaves it to nobody else until `leased`; `Ok(Some(None))`
    /// for one that has nothing to say any more.
    async fn lease(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        leased: Timestamp,
    ) -> anyhow::Result<Option<Option<Parcel>>>;

    /// Leaves it alone until then.
    async fn postpone(&self, tx: &mut Tx, id: Id<Parcel>, until: Timestamp) -> anyhow::Result<()>;

    /// Is done with it.
    async fn done(&self, tx: &mut Tx, id: Id<Parcel>) -> anyhow::Result<()>;

    /// The devices of this person that have not expired.
    async fn devices(
        &self,
        tx: &mut Tx,
        user: UserId,
        now: Timestamp,
    ) -> anyhow::Result<Vec<(SubscriptionId, Device)>>;
}

/// The devices of a person, for reading.
#[async_trait]
pub trait PushQueries: Send + Sync + 'static {
    /// The latest first; there are never many.
    async fn subscriptions(&self, user: UserId) -> anyhow::Result<Vec<Subscribed>>;
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The push service has it.
    Accepted,
    /// The device is gone for good.
    Gone,
    /// The push service does not take it, and will not: it is too large, or we are not welcome.
    Refused,
    /// Perhaps later, and not before this time has passed.
    Later(Duration),
}

/// Speaks to push services.
#[async_trait]
pub trait PushSender: Send + Sync + 'static {
    /// Our public key, which devices subscribe with (RFC 8292): base64url.
    async fn public_key(&self) -> anyhow::Result<String>;

    /// Whether an address may be one of a push service, and the keys are keys.
    fn accepts(&self, device: &Device) -> bool;

    /// Sends something to each of these devices at once, encrypted for it; answers in their order.
    async fn send(&self, devices: &[&Device], payload: &[u8]) -> Vec<Pushed>;
}

/// Devices, and telling them.
pub struct PushService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn PushRepository>,
    queries: Arc<dyn PushQueries>,
    sender: Arc<dyn PushSender>,
    clock: Arc<dyn Clock>,
}

impl PushService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn PushRepository>,
        queries: Arc<dyn PushQueries>,
        sender: Arc<dyn PushSender>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, queries, sender, clock }
    }

    /// The key that devices subscribe with.
    ///
    /// # Errors
    /// Only outages.
    pub async fn public_key(&self) -> Result<String, Failure> {
        Ok(self.sender.public_key().await?)
    }

    /// Adds a device; the same again answers the one there is.
    ///
    /// # Errors
    /// `notifications.push_endpoint_refused`, `notifications.too_many_subscriptions`.
    pub async fn subscribe(&self, caller: &Caller, device: Device) -> Result<Subscribed, Failure> {
        if !self.sender.accepts(&device) {
            return Err(PUSH_ENDPOINT_REFUSED.at("/endpoint").into());
        }
        let now = self.clock.now();
        let id = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let id = self.repository.subscribe(tx, caller.user, new_id(), &device, now).await?;
                if self.repository.count(tx, caller.user).await? > MAX_SUBSCRIPTIONS {
                    return Err(TOO_MANY_SUBSCRIPTIONS.with("max", MAX_SUBSCRIPTIONS).into());
                }
                Ok(id)
            })
            .await?;
        let found = self.list(caller).await?.into_iter().find(|found| found.id == id);
        found.ok_or_else(|| NOT_FOUND.into())
    }

    /// The caller's devices, the latest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Subscribed>, Failure> {
        Ok(self.queries.subscriptions(caller.user).await?)
    }

    /// Forgets a device.
    ///
    /// # Errors
    /// 404
    pub async fn unsubscribe(&self, caller: &Caller, id: SubscriptionId) -> Result<(), Failure> {
        let gone =
            self.uow.run(async |tx| Ok(self.repository.unsubscribe(tx, caller.user, id).await?)).await?;
        if gone { Ok(()) } else { Err(NOT_FOUND.into()) }
    }

    /// Pushes one thing that is due; says whether there was one. No transaction is open meanwhile.
    ///
    /// # Errors
    /// Only outages; it is tried again.
    pub async fn push(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        let leased = self
            .uow
            .run(async |tx| {
                let Some(parcel) = self.repository.lease(tx, now, now.plus(LEASE)).await? else {
                    return Ok(None);
                };
                let Some(parcel) = parcel else { return Ok(Some(None)) };
                let devices = self.repository.devices(tx, parcel.user, now).await?;
                Ok(Some(Some((parcel, devices))))
            })
            .await?;
        let Some(leased) = leased else { return Ok(false) };
        let Some((parcel, devices)) = leased else { return Ok(true) };
        let payload = payload(&parcel);
        // At once, so that one that does not answer delays no other beyond the lease.
        let addresses: Vec<_> = devices.iter().map(|(_, device)| device).collect();
        let sent = self.sender.send(&addresses, &payload).await;
        let (mut again, mut gone) = (None, Vec::new());
        for ((id, _), pushed) in devices.iter().zip(sent) {
            match pushed {
                Pushed::Accepted | Pushed::Refused => {}
                Pushed::Gone => gone.push(*id),
                Pushed::Later(wait) => again = again.max(Some(wait)),
            }
        }
        let again = again.filter(|_| parcel.attempts < ATTEMPTS);
        self.uow
            .run(async |tx| {
                for id in &gone {
                    self.repository.unsubscribe(tx, parcel.user, *id).await?;
                }
                // Devices that got it show it once: it names itself.
                match again {
                    Some(wait) => {
                        let wait = wait.clamp(LEASE, LONGEST_WAIT);
                        self.repository.postpone(tx, parcel.id, self.clock.now().plus(wait)).await?;
                    }
                    None => self.repository.done(tx, parcel.id).await?,
                }
                Ok(true)
            })
            .await
    }
}

fn payload(parcel: &Parcel) -> Vec<u8> {
    let language = Language::of_locale(&parcel.locale);
    let line = &parcel.line;
    let body = sentence(line, language);
    let title = match language {
        Language::English => "Madang",
        Language::Korean => "마당",
    };
    json!({ "id": parcel.notification, "kind": line.kind.as_str(), "title": title, "body": body })
        .to_string()
        .into_bytes()
}
