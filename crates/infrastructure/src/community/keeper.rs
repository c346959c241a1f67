//! Looking after the copied feeds.
//!
//! Posting and following keep them exact in their own transactions, so there is nothing to do
//! unless rows were lost: by a restored table, by a mistake of ours or of an operator. Then this
//! writes them again, down to feeds that are empty altogether.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::shared::{Tx, UnitOfWork, Worker};
use sea_orm::FromQueryResult;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::timeline::lock_author;
use crate::sql::{SqlStore, execute, rows};

/// How many posts of an author one transaction covers; each may be in a thousand feeds.
const PIECE: i64 = 200;
/// How many followers of an author one transaction covers.
const FOLLOWS: i64 = 1000;
/// How many authors are read at a time.
const AUTHORS: i64 = 100;
/// How long a process rests before it looks for the first time, and from then on.
const FIRST_REST: Duration = Duration::from_mins(10);
const REST: Duration = Duration::from_hours(24);

/// `$1` wrote them, between the ids `$2` and `$3`.
const POSTS: &str = "p.author_id = $1 AND p.id >= $2 AND p.id <= $3";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
}

/// The worker that does so.
pub struct FeedKeeper {
    uow: Arc<UnitOfWork>,
    store: Arc<SqlStore>,
}

impl FeedKeeper {
    /// In this database.
    pub fn new(uow: Arc<UnitOfWork>, store: Arc<SqlStore>) -> Self {
        Self { uow, store }
    }

    /// Compares every feed with what it should hold, and every follow with whom it follows, author by
    /// author, while people go on writing and following; says how many rows were missing, wrong or too
    /// many. Stops between two transactions, and may stop anywhere: what was not reached is reached the
    /// next time.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn repair(&self, stop: &CancellationToken) -> anyhow::Result<u64> {
        let (mut repaired, mut after) = (0, Uuid::nil());
        loop {
            let text = "SELECT user_id AS id FROM authors WHERE user_id > $1 ORDER BY user_id LIMIT $2";
            let authors: Vec<Row> = self.store.rows(text, [after.into(), AUTHORS.into()]).await?;
            let Some(last) = authors.last() else { return Ok(repaired) };
            after = last.id;
            for author in authors {
                for what in [Part::Marks, Part::Copies] {
                    repaired += self.in_pieces(stop, what, author.id).await?;
                }
            }
            if stop.is_cancelled() {
                return Ok(repaired);
            }
        }
    }

    /// Repairs piece by piece, each in a transaction of its own.
    async fn in_pieces(&self, stop: &CancellationToken, what: Part, author: Uuid) -> anyhow::Result<u64> {
        let (mut repaired, mut next) = (0, Some(Uuid::nil()));
        while let Some(from) = next.filter(|_| !stop.is_cancelled()) {
            let piece = self.uow.run(async |tx| Ok(what.repair(tx, author, from).await?)).await;
            let (changed, further) = piece.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            repaired += changed;
            next = further;
        }
        Ok(repaired)
    }
}

/// What is kept of an author.
#[derive(Clone, Copy)]
enum Part {
    /// What follows say of the author.
    Marks,
    /// The posts in feeds.
    Copies,
}

impl Part {
    async fn repair(self, tx: &mut Tx, author: Uuid, from: Uuid) -> anyhow::Result<(u64, Option<Uuid>)> {
        match self {
            Self::Marks => marks(tx, author, from).await,
            Self::Copies => copies(tx, author, from).await,
        }
    }
}

/// Repairs what some follows of an author say of the author, from this id on; says how many were
/// wrong, and which follow comes next.
async fn marks(tx: &mut Tx, author: Uuid, from: Uuid) -> anyhow::Result<(u64, Option<Uuid>)> {
    // Nobody follows, unfollows or posts meanwhile.
    let big = lock_author(tx, author.into()).await?;
    let text = "SELECT f.id FROM follows f WHERE f.followee_id = $1 AND f.id >= $2 ORDER BY f.id LIMIT $3";
    let (last, next) = stretch(tx, text, author, from, FOLLOWS).await?;
    let Some(last) = last else { return Ok((0, None)) };
    let update = "UPDATE follows SET followee_is_big = $4 \
                  WHERE followee_id = $1 AND id >= $2 AND id <= $3 AND followee_is_big <> $4";
    let changed = execute(tx, update, [author.into(), from.into(), last.into(), big.into()]).await?;
    Ok((changed, next))
}

/// Repairs the feeds that hold some posts of an author, from this id on; says how many rows were
/// wrong, and which post comes next.
async fn copies(tx: &mut Tx, author: Uuid, from: Uuid) -> anyhow::Result<(u64, Option<Uuid>)> {
    // Nobody follows, unfollows or posts meanwhile.
    let big = lock_author(tx, author.into()).await?;
    let text = "SELECT p.id FROM posts p WHERE p.author_id = $1 AND p.id >= $2 ORDER BY p.id LIMIT $3";
    let (last, next) = stretch(tx, text, author, from, PIECE).await?;
    let Some(last) = last else { return Ok((0, None)) };
    let own = format!(
        "INSERT INTO timeline (owner_id, post_id) SELECT p.author_id, p.id FROM posts p WHERE {POSTS} \
         ON CONFLICT (owner_id, post_id) DO NOTHING"
    );
    let followers = format!(
        "INSERT INTO timeline (owner_id, post_id) SELECT f.follower_id, p.id FROM posts p \
         JOIN follows f ON f.followee_id = p.author_id WHERE {POSTS} ON CONFLICT (owner_id, post_id) DO NOTHING"
    );
    let strangers = format!(
        "DELETE FROM timeline WHERE post_id IN (SELECT p.id FROM posts p WHERE {POSTS}) AND owner_id <> $1 \
         AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = timeline.owner_id AND f.followee_id = $1)"
    );
    let mut changed = 0;
    for (statement, applies) in [(own, true), (followers, !big), (strangers, true)] {
        if applies {
            changed += execute(tx, &statement, [author.into(), from.into(), last.into()]).await?;
        }
    }
    Ok((changed, next))
}

/// The last of so many rows that a statement finds for an author from an id on, and the one behind it.
async fn stretch(
    tx: &mut Tx,
    text: &str,
    author: Uuid,
    from: Uuid,
    size: i64,
) -> anyhow::Result<(Option<Uuid>, Option<Uuid>)> {
    let mut found: Vec<Row> = rows(tx, text, [author.into(), from.into(), (size + 1).into()]).await?;
    let next = if found.len() > usize::try_from(size)? { found.pop().map(|row| row.id) } else { None };
    Ok((found.last().map(|row| row.id), next))
}

#[async_trait]
impl Worker for FeedKeeper {
    fn name(&self) -> &'static str {
        "community-feeds"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut rest = FIRST_REST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(rest) => {}
            }
            rest = REST;
            match self.repair(&stop).await {
                Ok(0) => {}
                Ok(rows) => tracing::error!(rows, "feeds were wrong and have been repaired"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "feeds could not be compared"),
            }
        }
    }
}
