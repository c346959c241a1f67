//! `RelationRepository` in SQL.

use async_trait::async_trait;
use madang_application::{
    community::RelationRepository,
    shared::{Tx, new_id},
};
use madang_domain::shared::{Timestamp, UserId};
use sea_orm::FromQueryResult;

use super::timeline;
use crate::sql::{SqlStore, execute, row};

#[derive(FromQueryResult)]
struct One {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    one: i32,
}

#[async_trait]
impl RelationRepository for SqlStore {
    async fn follow(
        &self,
        tx: &mut Tx,
        follower: UserId,
        followee: UserId,
        at: Timestamp,
    ) -> anyhow::Result<bool> {
        let big = timeline::lock_author(tx, followee).await?;
        let insert = "INSERT INTO follows (id, follower_id, followee_id, created_at, followee_is_big) \
                      VALUES ($1, $2, $3, $4, $5) ON CONFLICT (follower_id, followee_id) DO NOTHING";
        let id = new_id::<()>().uuid();
        let values =
            [id.into(), follower.uuid().into(), followee.uuid().into(), at.micros().into(), big.into()];
        if execute(tx, insert, values).await? == 0 {
            return Ok(false);
        }
        if !big {
            timeline::join(tx, follower, followee).await?;
        }
        Ok(true)
    }

    async fn unfollow(&self, tx: &mut Tx, follower: UserId, followee: UserId) -> anyhow::Result<bool> {
        timeline::lock_author(tx, followee).await?;
        let delete = "DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2";
        if execute(tx, delete, [follower.uuid().into(), followee.uuid().into()]).await? == 0 {
            return Ok(false);
        }
        timeline::leave(tx, follower, followee).await?;
        Ok(true)
    }

    async fn block(
        &self,
        tx: &mut Tx,
        blocker: UserId,
        blocked: UserId,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        // Both author rows in the order of their ids, so that two blocks cannot wait for each other.
        for author in [blocker.min(blocked), blocker.max(blocked)] {
            timeline::lock_author(tx, author).await?;
        }
        let insert = "INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3) \
                      ON CONFLICT (blocker_id, blocked_id) DO NOTHING";
        execute(tx, insert, [blocker.uuid().into(), blocked.uuid().into(), at.micros().into()]).await?;
        self.unfollow(tx, blocker, blocked).await?;
        self.unfollow(tx, blocked, blocker).await?;
        Ok(())
    }

    async fn unblock(&self, tx: &mut Tx, blocker: UserId, blocked: UserId) -> anyhow::Result<()> {
        let delete = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2";
        execute(tx, delete, [blocker.uuid().into(), blocked.uuid().into()]).await?;
        Ok(())
    }

    async fn mute(&self, tx: &mut Tx, muter: UserId, muted: UserId, at: Timestamp) -> anyhow::Result<()> {
        let insert = "INSERT INTO mutes (muter_id, muted_id, created_at) VALUES ($1, $2, $3) \
                      ON CONFLICT (muter_id, muted_id) DO NOTHING";
        execute(tx, insert, [muter.uuid().into(), muted.uuid().into(), at.micros().into()]).await?;
        Ok(())
    }

    async fn unmute(&self, tx: &mut Tx, muter: UserId, muted: UserId) -> anyhow::Result<()> {
        let delete = "DELETE FROM mutes WHERE muter_id = $1 AND muted_id = $2";
        execute(tx, delete, [muter.uuid().into(), muted.uuid().into()]).await?;
        Ok(())
    }

    async fn blocked_between(&self, tx: &mut Tx, one: UserId, other: UserId) -> anyhow::Result<bool> {
        // The lock that `block` takes, too: a block and a follow cannot both succeed.
        for author in [one.min(other), one.max(other)] {
            timeline::lock_author(tx, author).await?;
        }
        let found = row::<One>(tx, BLOCKED, [one.uuid().into(), other.uuid().into()]).await?;
        Ok(found.is_some())
    }

    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        let timeline = "DELETE FROM timeline WHERE owner_id = $1";
        let follows = "DELETE FROM follows WHERE follower_id = $1 OR followee_id = $1";
        let blocks = "DELETE FROM blocks WHERE blocker_id = $1 OR blocked_id = $1";
        let mutes = "DELETE FROM mutes WHERE muter_id = $1 OR muted_id = $1";
        let author = "DELETE FROM authors WHERE user_id = $1";
        for statement in [timeline, follows, blocks, mutes, author] {
            execute(tx, statement, [user.uuid().into()]).await?;
        }
        Ok(())
    }
}

/// Whether one of `$1` and `$2` blocked the other.
pub(super) const BLOCKED: &str = "SELECT 1 AS one FROM blocks \
    WHERE (blocker_id = $1 AND blocked_id = $2) OR (blocker_id = $2 AND blocked_id = $1) LIMIT 1";
