//! Whether the database answers.

use async_trait::async_trait;
use madang_application::shared::HealthCheck;
use sea_orm::FromQueryResult;

use super::SqlStore;

#[async_trait]
impl HealthCheck for SqlStore {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> anyhow::Result<()> {
        self.row::<Answer>("SELECT 1 AS one", []).await?;
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Answer {
    #[expect(dead_code, reason = "that there is a row is enough")]
    one: i32,
}
