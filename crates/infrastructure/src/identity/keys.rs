//! The keys that sign access tokens: in the database, sealed, shared by all processes.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use madang_application::{
    identity::{IdentitySettings, PublicKey, SecurityEvents},
    shared::{Clock, Sealer, StartupTask, UnitOfWork, Worker},
};
use madang_domain::{
    identity::security_event::{SecurityEvent, SecurityEventKind},
    shared::Timestamp,
};
use sea_orm::FromQueryResult;
use tokio_util::sync::CancellationToken;

use crate::sql::{SqlStore, execute, row};

/// A key pair, ready for use.
pub(super) struct SigningKey {
    pub(super) id: String,
    pub(super) public: Vec<u8>,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    pub(super) created_at: Timestamp,
}

/// How often each process looks for new keys.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A new key signs when every process has had the time to learn it.
const SETTLE: Duration = Duration::from_secs(5);

/// The keys under which tokens may be alive, newest first; the newest that has settled signs.
#[derive(Default)]
pub struct KeyRing {
    keys: RwLock<Arc<[SigningKey]>>,
}

impl KeyRing {
    pub(super) fn keys(&self) -> Arc<[SigningKey]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The place of the key to sign with.
    pub(super) fn signing(keys: &[SigningKey], now: Timestamp) -> Option<&SigningKey> {
        keys.iter().find(|key| key.created_at.plus(SETTLE) <= now).or(keys.last())
    }

    pub(super) fn replace(&self, keys: Vec<SigningKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
    }

    /// The public halves, for others.
    pub(super) fn public(&self) -> Vec<PublicKey> {
        let public = |key: &SigningKey| PublicKey { id: key.id.clone(), bytes: key.public.clone() };
        self.keys().iter().map(public).collect()
    }
}

/// Makes the first key where there is none, and fills the ring, before the first request.
pub struct PrepareKeys {
    store: Arc<SqlStore>,
    uow: Arc<UnitOfWork>,
    events: Arc<dyn SecurityEvents>,
    ring: Arc<KeyRing>,
    sealer: Arc<dyn Sealer>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl PrepareKeys {
    /// Wires it.
    pub fn new(
        store: Arc<SqlStore>,
        uow: Arc<UnitOfWork>,
        events: Arc<dyn SecurityEvents>,
        ring: Arc<KeyRing>,
        sealer: Arc<dyn Sealer>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, uow, events, ring, sealer, settings, clock }
    }

    /// The keys that are in use, or were until recently enough that tokens of theirs may live.
    async fn load(&self) -> anyhow::Result<Vec<SigningKey>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: String,
            sealed_private: Vec<u8>,
            public: Vec<u8>,
            created_at: i64,
        }
        const CLOCKS_APART: Duration = Duration::from_mins(1);
        let forgotten: Timestamp = self.clock.now().minus(self.settings.lifetimes.access).minus(CLOCKS_APART);
        let text = "SELECT id, sealed_private, public, created_at FROM signing_keys \
                    WHERE retired_at IS NULL OR retired_at > $1 ORDER BY generation DESC";
        let rows: Vec<Row> = self.store.rows(text, [forgotten.micros().into()]).await?;
        let open = |row: Row| {
            let private = self.sealer.open(&row.sealed_private).with_context(|| {
                format!("signing key {} was sealed with another secret (MADANG__SECRET)", row.id)
            })?;
            Ok(SigningKey {
                encoding: EncodingKey::from_ed_der(&private),
                decoding: DecodingKey::from_ed_der(&row.public),
                id: row.id,
                public: row.public,
                created_at: Timestamp::from_micros(row.created_at),
            })
        };
        rows.into_iter().map(open).collect()
    }

    /// Makes the first key where there is none, and fills the ring.
    ///
    /// # Errors
    /// If the database cannot be asked, or its keys were sealed with another secret.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let mut keys = self.load().await.context("signing keys")?;
        if keys.is_empty() {
            self.create().await.context("the first signing key")?;
            keys = self.load().await.context("signing keys")?;
        }
        anyhow::ensure!(!keys.is_empty(), "every signing key is retired");
        self.ring.replace(keys);
        Ok(())
    }

    /// Adds the first generation. Of processes that start together one wins, and all use its key.
    async fn create(&self) -> anyhow::Result<()> {
        let Fresh { id, sealed, public } = self.fresh()?;
        let text = "INSERT INTO signing_keys (generation, id, sealed_private, public, created_at) \
                    VALUES (1, $1, $2, $3, $4) ON CONFLICT (generation) DO NOTHING";
        let values = [id.into(), sealed.into(), public.into(), self.clock.now().micros().into()];
        self.store.execute(text, values).await?;
        Ok(())
    }

    /// Makes a new key, which signs as soon as every process knows it. Tokens of the keys before it
    /// stay valid until they expire. Answers the new key's id.
    ///
    /// # Errors
    /// If the database cannot be asked, or somebody else rotates at this moment.
    pub async fn rotate(&self) -> anyhow::Result<String> {
        #[derive(FromQueryResult)]
        struct Row {
            generation: i64,
        }
        let Fresh { id, sealed, public } = self.fresh()?;
        let now = self.clock.now();
        let added = self
            .uow
            .run(async |tx| {
                let latest = "SELECT generation FROM signing_keys ORDER BY generation DESC LIMIT 1";
                let latest = row::<Row>(tx, latest, []).await?.map_or(0, |row| row.generation);
                let text = "INSERT INTO signing_keys (generation, id, sealed_private, public, created_at) \
                            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (generation) DO NOTHING";
                let generation = latest + 1;
                let values = [
                    generation.into(),
                    id.as_str().into(),
                    sealed.into(),
                    public.into(),
                    now.micros().into(),
                ];
                if execute(tx, text, values).await? == 0 {
                    return Ok(false);
                }
                let text =
                    "UPDATE signing_keys SET retired_at = $2 WHERE generation < $1 AND retired_at IS NULL";
                execute(tx, text, [generation.into(), now.plus(SETTLE).micros().into()]).await?;
                let kind = SecurityEventKind::KeysRotated;
                let event = SecurityEvent {
                    kind,
                    actor: None,
                    subject: None,
                    network: None,
                    detail: Some(id.clone()),
                    at: now,
                };
                self.events.append(tx, &event).await?;
                Ok(true)
            })
            .await?;
        anyhow::ensure!(added, "somebody else rotates the keys at this moment");
        Ok(id)
    }

    fn fresh(&self) -> anyhow::Result<Fresh> {
        let random = SystemRandom::new();
        let private = Ed25519KeyPair::generate_pkcs8v1(&random)
            .map_err(|_| anyhow::anyhow!("an Ed25519 key could not be made"))?;
        let pair = Ed25519KeyPair::from_pkcs8(private.as_ref())
            .map_err(|error| anyhow::anyhow!("a fresh Ed25519 key was refused: {error}"))?;
        let public = pair.public_key().as_ref().to_vec();
        // Names the key by what it is, as RFC 7638 does, so that no two keys share a name.
        let id = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..12]);
        Ok(Fresh { id, sealed: self.sealer.seal(private.as_ref()), public })
    }
}

/// A key that is not stored yet.
struct Fresh {
    id: String,
    sealed: Vec<u8>,
    public: Vec<u8>,
}

/// Learns keys that were made meanwhile, and forgets those whose tokens have all expired.
#[async_trait]
impl Worker for PrepareKeys {
    fn name(&self) -> &'static str {
        "signing-keys"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.load().await {
                Ok(keys) if keys.is_empty() => tracing::error!("every signing key is retired"),
                Ok(keys) => self.ring.replace(keys),
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "signing keys could not be looked up");
                }
            }
        }
    }
}

#[async_trait]
impl StartupTask for PrepareKeys {
    async fn run(&self) -> anyhow::Result<()> {
        self.prepare().await
    }
}
