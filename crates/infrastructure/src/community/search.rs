//! Finding posts by what they say.

use std::{collections::BTreeSet, fmt::Write, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::shared::{Tx, UnitOfWork, Worker};
use madang_domain::{
    community::{Post, PostText, PostTitle},
    shared::search::{pairs, searchable},
};
use sea_orm::{FromQueryResult, Value};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    rows::{COLUMNS, seen},
    visibility::visible,
};
use crate::sql::{SqlStore, dialect, execute, rows};

/// How many pairs of a long question narrow the search; the text itself decides.
const NARROWING: usize = 4;
/// How many pairs of a long question are weighed, and how far each is counted.
const WEIGHED: usize = 16;
const ENOUGH: i64 = 300;
/// How many rows one statement writes.
const ROWS: usize = 400;
/// How many posts a transaction of the worker covers.
const BATCH: i64 = 100;
/// How long the worker rests; a process of the version before may have written posts meanwhile.
const REST: Duration = Duration::from_mins(10);

#[derive(FromQueryResult)]
struct Weight {
    n: i64,
}

/// What is searched of a post.
pub(super) fn words(title: Option<&PostTitle>, text: &PostText) -> String {
    searchable(&format!("{}\n{}", title.map_or("", PostTitle::as_str), text.as_str()))
}

/// Makes a post found by what it says now.
pub(super) async fn index(tx: &mut Tx, post: Uuid, words: &str) -> anyhow::Result<()> {
    execute(tx, "UPDATE posts SET searchable = $2 WHERE id = $1", [post.into(), words.into()]).await?;
    execute(tx, "DELETE FROM post_pairs WHERE post_id = $1", [post.into()]).await?;
    let pairs: Vec<i64> = pairs(words).into_iter().collect();
    for chunk in pairs.chunks(ROWS) {
        let mut values: Vec<Value> = vec![post.into()];
        let mut tuples = Vec::with_capacity(chunk.len());
        for pair in chunk {
            values.push((*pair).into());
            tuples.push(format!("(${}, $1)", values.len()));
        }
        let insert = format!("INSERT INTO post_pairs (pair, post_id) VALUES {}", tuples.join(", "));
        execute(tx, &insert, values).await?;
    }
    Ok(())
}

/// Visible posts whose words are like `$4`, newest first: walks the posts of the pair `$5`, and asks
/// for `others` more, `$6…`, on the way. Viewer `$1`; goes on from the id `$2` with at most `$3` rows.
///
/// `coalesce` changes no value: it keeps Postgres from joining by walking all posts, as in `lists`.
/// The other pairs are looked up one by one, because a join would read all posts that have them.
pub(super) fn found(others: usize) -> String {
    let mut narrower = String::new();
    for place in 6..6 + others {
        let _ = write!(
            narrower,
            " AND (SELECT o{place}.pair FROM post_pairs o{place} WHERE o{place}.pair = ${place} \
             AND o{place}.post_id = g.post_id) IS NOT NULL"
        );
    }
    format!(
        "SELECT {COLUMNS}, {} FROM post_pairs g JOIN posts p ON p.id = coalesce(g.post_id, $1) \
         WHERE g.pair = $5 AND g.post_id < $2{narrower} AND p.searchable LIKE $4 ESCAPE '!' AND {} \
         ORDER BY g.post_id DESC LIMIT $3",
        seen(),
        visible()
    )
}

impl SqlStore {
    /// The pairs of a text, the rarest first, as many as narrow a search.
    pub(super) async fn rarest(&self, normal: &str) -> anyhow::Result<Vec<i64>> {
        let all: Vec<i64> = pairs(normal).into_iter().collect();
        let step = all.len().div_ceil(WEIGHED).max(1);
        let mut weighed = Vec::new();
        let all: BTreeSet<i64> = all.into_iter().step_by(step).collect();
        let places: Vec<String> = (0..all.len())
            .map(|n| {
                format!(
                    "SELECT * FROM (SELECT count(*) AS n FROM (SELECT 1 FROM post_pairs WHERE pair = ${} \
                     LIMIT $1) AS few{n}) AS weight{n}",
                    n + 2
                )
            })
            .collect();
        let values = std::iter::once(ENOUGH.into()).chain(all.iter().map(|pair| Value::from(*pair)));
        let weights = self.rows::<Weight>(&places.join(" UNION ALL "), values).await?;
        weighed.extend(weights.into_iter().map(|weight| weight.n).zip(all));
        weighed.sort_unstable();
        Ok(weighed.into_iter().take(NARROWING).map(|(_, pair)| pair).collect())
    }
}

#[derive(FromQueryResult)]
struct Unsearchable {
    id: Uuid,
    title: Option<String>,
    text: String,
}

/// Makes posts found that were written before there was a search.
pub struct SearchIndexer {
    uow: Arc<UnitOfWork>,
}

impl SearchIndexer {
    /// In this database.
    pub fn new(uow: Arc<UnitOfWork>) -> Self {
        Self { uow }
    }

    /// Until none is left; says how many there were. Stops between two transactions.
    ///
    /// # Errors
    /// If the database is away.
    pub async fn catch_up(&self, stop: &CancellationToken) -> anyhow::Result<usize> {
        let mut all = 0;
        while !stop.is_cancelled() {
            let done = self.uow.run(async |tx| Ok(batch(tx).await?)).await;
            match done.map_err(|failure| anyhow::anyhow!("{failure:?}"))? {
                0 => break,
                some => all += some,
            }
        }
        Ok(all)
    }
}

async fn batch(tx: &mut Tx) -> anyhow::Result<usize> {
    let select = format!(
        "SELECT p.id, p.title, p.text FROM posts p WHERE p.searchable IS NULL ORDER BY p.id LIMIT $1{}",
        dialect::skip_locked(tx)
    );
    let posts: Vec<Unsearchable> = rows(tx, &select, [BATCH.into()]).await?;
    for post in &posts {
        let title = post.title.clone().map(PostTitle::restore);
        let words = words(title.as_ref(), &PostText::restore(post.text.clone()));
        index(tx, post.id, &words).await?;
    }
    Ok(posts.len())
}

#[async_trait]
impl Worker for SearchIndexer {
    fn name(&self) -> &'static str {
        "community-search"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            match self.catch_up(&stop).await {
                Ok(0) => {}
                Ok(posts) => tracing::info!(posts, "posts can be searched now"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "posts wait for the search"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(REST) => {}
            }
        }
    }
}

/// The words of a post.
pub(super) fn words_of(post: &Post) -> String {
    words(post.title.as_ref(), &post.text)
}
