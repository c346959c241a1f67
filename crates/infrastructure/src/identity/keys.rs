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
    identity::{IdentitySettings, PublicKey},
    shared::{Clock, Sealer, StartupTask},
};
use madang_domain::shared::Timestamp;
use sea_orm::FromQueryResult;

use crate::sql::SqlStore;

/// A key pair, ready for use.
pub(super) struct SigningKey {
    pub(super) id: String,
    pub(super) public: Vec<u8>,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

/// The keys under which tokens may be alive, newest first; the newest signs.
#[derive(Default)]
pub struct KeyRing {
    keys: RwLock<Arc<[SigningKey]>>,
}

impl KeyRing {
    pub(super) fn keys(&self) -> Arc<[SigningKey]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, keys: Vec<SigningKey>) {
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
    ring: Arc<KeyRing>,
    sealer: Arc<dyn Sealer>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl PrepareKeys {
    /// Wires it.
    pub fn new(
        store: Arc<SqlStore>,
        ring: Arc<KeyRing>,
        sealer: Arc<dyn Sealer>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, ring, sealer, settings, clock }
    }

    /// The keys that are in use, or were until recently enough that tokens of theirs may live.
    async fn load(&self) -> anyhow::Result<Vec<SigningKey>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: String,
            sealed_private: Vec<u8>,
            public: Vec<u8>,
        }
        const CLOCKS_APART: Duration = Duration::from_mins(1);
        let forgotten: Timestamp = self.clock.now().minus(self.settings.lifetimes.access).minus(CLOCKS_APART);
        let text = "SELECT id, sealed_private, public FROM signing_keys \
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
            })
        };
        rows.into_iter().map(open).collect()
    }

    /// Adds the first generation. Of processes that start together one wins, and all use its key.
    async fn create(&self) -> anyhow::Result<()> {
        let random = SystemRandom::new();
        let private = Ed25519KeyPair::generate_pkcs8v1(&random)
            .map_err(|_| anyhow::anyhow!("an Ed25519 key could not be made"))?;
        let pair = Ed25519KeyPair::from_pkcs8(private.as_ref())
            .map_err(|error| anyhow::anyhow!("a fresh Ed25519 key was refused: {error}"))?;
        let public = pair.public_key().as_ref().to_vec();
        // Names the key by what it is, as RFC 7638 does, so that no two keys share a name.
        let id = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..12]);
        let text = "INSERT INTO signing_keys (generation, id, sealed_private, public, created_at) \
                    VALUES (1, $1, $2, $3, $4) ON CONFLICT (generation) DO NOTHING";
        let sealed = self.sealer.seal(private.as_ref());
        let values = [id.into(), sealed.into(), public.into(), self.clock.now().micros().into()];
        self.store.execute(text, values).await?;
        Ok(())
    }
}

#[async_trait]
impl StartupTask for PrepareKeys {
    async fn run(&self) -> anyhow::Result<()> {
        let mut keys = self.load().await.context("signing keys")?;
        if keys.is_empty() {
            self.create().await.context("the first signing key")?;
            keys = self.load().await.context("signing keys")?;
        }
        anyhow::ensure!(!keys.is_empty(), "every signing key is retired");
        self.ring.replace(keys);
        Ok(())
    }
}
