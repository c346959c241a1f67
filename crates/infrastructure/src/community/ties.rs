//! What two people are to each other, for other capabilities.

use async_trait::async_trait;
use madang_application::{
    calendar::queries::{Tie, Ties},
    community::CommunityQueries,
    identity::queries::Sight,
};
use madang_domain::shared::UserId;
use sea_orm::FromQueryResult;

use crate::sql::SqlStore;

#[derive(FromQueryResult)]
struct TieRow {
    hidden: i64,
    follows: i64,
}

#[async_trait]
impl Ties for SqlStore {
    async fn tie(&self, one: UserId, other: UserId) -> anyhow::Result<Tie> {
        let text = "SELECT (SELECT COUNT(*) FROM blocks WHERE (blocker_id = $1 AND blocked_id = $2) \
                    OR (blocker_id = $2 AND blocked_id = $1)) \
                    + (SELECT COUNT(*) FROM users WHERE id = $2 AND status = 'suspended') AS hidden, \
                    (SELECT COUNT(*) FROM follows WHERE (follower_id = $1 AND followee_id = $2) \
                    OR (follower_id = $2 AND followee_id = $1)) AS follows";
        let found: Option<TieRow> = self.row(text, [one.uuid().into(), other.uuid().into()]).await?;
        Ok(match found {
            Some(TieRow { hidden: 1.., .. }) => Tie::Blocked,
            Some(TieRow { follows: 2.., .. }) => Tie::Friends,
            _ => Tie::None,
        })
    }
}

#[async_trait]
impl Sight for SqlStore {
    async fn out_of_sight(&self, viewer: UserId, people: &[UserId]) -> anyhow::Result<Vec<UserId>> {
        self.hidden_among(viewer, people).await
    }
}
