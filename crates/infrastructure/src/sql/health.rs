//! Whether the database answers.

use async_trait::async_trait;
use madang_application::shared::HealthCheck;
use sea_orm::ConnectionTrait;

use super::{SqlStore, broken};

#[async_trait]
impl HealthCheck for SqlStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> anyhow::Result<()> {
        self.reader().execute_unprepared("SELECT 1").await.map_err(broken)?;
        Ok(())
    }
}
