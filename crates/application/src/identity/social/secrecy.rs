//! What only we can make, and only we can read.

use std::sync::Arc;

use anyhow::Context;
use madang_domain::shared::Failure;
use serde::{Serialize, de::DeserializeOwned};

use crate::{identity::ports::RefreshSecrets, shared::Sealer};

/// Fresh secrets that tie the steps of a login together, and seals for what lies in between.
pub struct Secrecy {
    secrets: Arc<dyn RefreshSecrets>,
    sealer: Arc<dyn Sealer>,
}

impl Secrecy {
    /// Wires it.
    pub fn new(secrets: Arc<dyn RefreshSecrets>, sealer: Arc<dyn Sealer>) -> Self {
        Self { secrets, sealer }
    }

    /// A text nobody can guess.
    pub(super) fn fresh(&self) -> String {
        self.secrets.fresh()
    }

    /// A number nobody can guess.
    pub(super) fn chance(&self) -> u64 {
        let secret = self.fresh();
        secret.bytes().fold(0, |number: u64, byte| number.rotate_left(7) ^ u64::from(byte))
    }

    /// What a secret is stored as; `None` if it is none of ours.
    pub(super) fn fingerprint(&self, secret: &str) -> Option<[u8; 32]> {
        self.secrets.fingerprint(secret)
    }

    /// What one of our own secrets is stored as.
    ///
    /// # Errors
    /// Only if something breaks.
    pub(super) fn own_fingerprint(&self, secret: &str) -> Result<[u8; 32], Failure> {
        Ok(self.fingerprint(secret).context("our own secret")?)
    }

    /// Makes it unreadable to others.
    ///
    /// # Errors
    /// Only if something breaks.
    pub(super) fn seal(&self, value: &impl Serialize) -> Result<Vec<u8>, Failure> {
        Ok(self.sealer.seal(&serde_json::to_vec(value).map_err(anyhow::Error::from)?))
    }

    /// What was sealed.
    ///
    /// # Errors
    /// If it was sealed before the master secret changed.
    pub(super) fn open<T: DeserializeOwned>(&self, sealed: &[u8]) -> Result<T, Failure> {
        let plain = self.sealer.open(sealed).context("a login was sealed with another key")?;
        Ok(serde_json::from_slice(&plain).map_err(anyhow::Error::from)?)
    }
}
