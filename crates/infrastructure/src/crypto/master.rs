//! The master secret, and the keys derived from it.

use anyhow::Context;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};

use super::{AesSealer, random_bytes};
use crate::sql::{broken, dialect};

/// What every process of an installation shares and nobody else knows.
pub struct MasterSecret(Vec<u8>);

/// Separates our derived keys from those of any other program with the same secret.
const SALT: &[u8] = b"madang/1";
const NAME: &str = "master";

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl MasterSecret {
    /// The configured secret or, without one, the secret of the database: made by the first
    /// process that asks, shared by all, lost with the database and with nothing else.
    ///
    /// # Errors
    /// If the database cannot be asked. It must have its schema.
    pub async fn load(configured: Option<&str>, database: &impl ConnectionTrait) -> anyhow::Result<Self> {
        match configured {
            Some(secret) => Ok(Self::configured(secret)),
            None => Self::of_installation(database).await,
        }
    }

    /// A secret from the configuration: any text of at least 32 characters.
    pub fn configured(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    async fn of_installation(database: &impl ConnectionTrait) -> anyhow::Result<Self> {
        #[derive(FromQueryResult)]
        struct Row {
            value: Vec<u8>,
        }
        let fresh: Value = random_bytes::<32>().to_vec().into();
        let insert =
            "INSERT INTO installation_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let insert = dialect::statement(database, insert, [NAME.into(), fresh]);
        database.execute_raw(insert).await.map_err(broken)?;
        let select = "SELECT value FROM installation_secrets WHERE name = $1";
        let select = dialect::statement(database, select, [NAME.into()]);
        let row =
            database.query_one_raw(select).await.map_err(broken)?.context("the installation's secret")?;
        Ok(Self(Row::from_query_result(&row, "").map_err(broken)?.value))
    }

    /// The key for one purpose: HKDF-SHA256. Keys of different purposes tell nothing about each
    /// other.
    ///
    /// # Panics
    /// Never: HKDF gives up to 8,160 bytes.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        let secret = Salt::new(HKDF_SHA256, SALT).extract(&self.0);
        #[expect(clippy::expect_used, reason = "HKDF gives 32 bytes")]
        secret
            .expand(&[purpose.as_bytes()], Bytes32)
            .and_then(|material| material.fill(&mut key))
            .expect("HKDF gives 32 bytes");
        key
    }

    /// A sealer for one purpose.
    ///
    /// # Errors
    /// None in practice; see [`AesSealer::new`].
    pub fn sealer(&self, purpose: &str) -> anyhow::Result<AesSealer> {
        AesSealer::new(&self.derive(purpose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_secret_and_purpose_only() {
        let secret = MasterSecret::configured("0123456789abcdef0123456789abcdef");
        assert_eq!(secret.derive("cursors"), secret.derive("cursors"));
        assert_ne!(secret.derive("cursors"), secret.derive("sealing"));
        assert_ne!(
            secret.derive("cursors"),
            MasterSecret::configured("another secret of 32 characters!").derive("cursors")
        );
    }
}
