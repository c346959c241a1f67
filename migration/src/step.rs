//! A step of the history, as SQL.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// Changes the schema; all of it or, if a statement fails, nothing.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The name of its file, under which the database remembers it.
    pub name: &'static str,
    /// For both databases.
    pub sql: &'static [&'static str],
    /// For Postgres only, afterwards: a second wall, or an index SQLite has not.
    pub postgres: &'static [&'static str],
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    // The trait's own signature elides the lifetime, and both must be written alike.
    #[expect(elided_lifetimes_in_paths, reason = "the trait's signature")]
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(schema.get_connection(), self.sql, self.postgres).await
    }

    /// SQLite can undo schema changes as well, but is not asked to unless told.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
