//! Counting people out who are suspended, and in again when they are back.
//!
//! A post's counts leave out whom nobody sees, so that reading them costs the same however many are
//! suspended. A like and a reply each say whether they are counted (`counted`), and a post's
//! `like_count` and `reply_count` are the numbers of those that are, at every moment. What somebody
//! suspended did may be much, so it is counted out piece by piece. Until that is done they stand in
//! `absences`, which says so in the transaction that suspends them, and a count that is read
//! meanwhile looks at what they did itself (`counts.rs`). Once they stand there no longer, all they
//! ever do is counted if and only if they are not suspended: whoever likes or answers looks at their
//! own account and keeps it from changing until it is done.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::shared::{Absences, Tx, UnitOfWork, Worker};
use madang_domain::shared::UserId;
use sea_orm::{FromQueryResult, Value};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::sql::{SqlStore, dialect, execute, row, rows};

/// So many likes, or replies, are counted out in one transaction.
const PIECE: i64 = 200;
/// The pause after everybody was counted out or in.
const PAUSE: Duration = Duration::from_secs(2);
/// The rest between two pieces, which leaves the writer to others.
const REST: Duration = Duration::from_millis(5);

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
}

#[async_trait]
impl Absences for SqlStore {
    async fn changed(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        let note = "INSERT INTO absences (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING";
        execute(tx, note, [user.uuid().into()]).await?;
        Ok(())
    }
}

/// Whether what this person does is counted; nobody changes that until the transaction ends.
pub(super) async fn counts(tx: &mut Tx, user: UserId) -> anyhow::Result<bool> {
    #[derive(FromQueryResult)]
    struct Account {
        status: String,
    }
    let select = format!("SELECT status FROM users WHERE id = $1{}", dialect::for_share(tx));
    let account = row::<Account>(tx, &select, [user.uuid().into()]).await?;
    Ok(account.is_none_or(|account| account.status != "suspended"))
}

/// Counts out, or in, a piece of what somebody did whose account changed; `false` if there is nobody.
async fn piece(tx: &mut Tx, size: i64) -> anyhow::Result<bool> {
    let select =
        format!("SELECT user_id AS id FROM absences ORDER BY user_id LIMIT 1{}", dialect::skip_locked(tx));
    let Some(Row { id: user }) = row::<Row>(tx, &select, []).await? else { return Ok(false) };
    let counted = counts(tx, user.into()).await?;
    if likes(tx, user, counted, size).await? + replies(tx, user, counted, size).await? == 0 {
        execute(tx, "DELETE FROM absences WHERE user_id = $1", [user.into()]).await?;
    }
    Ok(true)
}

async fn likes(tx: &mut Tx, user: Uuid, counted: bool, size: i64) -> anyhow::Result<usize> {
    let select = "SELECT l.post_id AS id FROM likes l WHERE l.user_id = $1 AND l.counted = $2 ORDER BY l.post_id LIMIT $3";
    let posts = rows::<Row>(tx, select, [user.into(), (!counted).into(), size.into()]).await?;
    if posts.is_empty() {
        return Ok(0);
    }
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    lock(tx, &ids).await?;
    let (places, count) = (places(3, ids.len()), ids.len());
    let update = format!(
        "UPDATE likes SET counted = $2 WHERE user_id = $1 AND counted <> $2 AND post_id IN ({places}) \
         RETURNING post_id AS id"
    );
    let values = [Value::from(user), counted.into()].into_iter().chain(ids.into_iter().map(Value::from));
    // What was taken back before it was locked is not there any more, and was uncounted then.
    let changed = rows::<Row>(tx, &update, values).await?;
    add(tx, "like_count", changed.into_iter().map(|row| row.id), counted).await?;
    Ok(count)
}

async fn replies(tx: &mut Tx, user: Uuid, counted: bool, size: i64) -> anyhow::Result<usize> {
    #[derive(FromQueryResult)]
    struct Reply {
        parent: Uuid,
        narrow: bool,
    }
    let select = "SELECT r.id FROM posts r WHERE r.author_id = $1 AND r.in_reply_to IS NOT NULL AND r.counted = $2 \
                  ORDER BY r.id LIMIT $3";
    let found = rows::<Row>(tx, select, [user.into(), (!counted).into(), size.into()]).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let ids: Vec<_> = found.iter().map(|reply| reply.id).collect();
    lock(tx, &ids).await?;
    let (places, count) = (places(2, ids.len()), ids.len());
    let update = format!(
        "UPDATE posts SET counted = $1 WHERE counted <> $1 AND in_reply_to IS NOT NULL AND id IN ({places}) \
         RETURNING in_reply_to AS parent, narrowed_to IS NOT NULL AS narrow"
    );
    let values = std::iter::once(Value::from(counted)).chain(ids.into_iter().map(Value::from));
    let changed = rows::<Reply>(tx, &update, values).await?;
    // Narrower replies are looked at one by one whenever a count is read.
    let parents = changed.into_iter().filter(|reply| !reply.narrow).map(|reply| reply.parent);
    add(tx, "reply_count", parents, counted).await?;
    Ok(count)
}

/// Locks these posts, what they answer, and the roots of their threads, in the order in which
/// everybody does.
async fn lock(tx: &mut Tx, ids: &[Uuid]) -> anyhow::Result<()> {
    let places = places(1, ids.len());
    let select = format!(
        "SELECT p.id FROM posts p WHERE p.id IN (SELECT q.id FROM posts q WHERE q.id IN ({places}) \
         UNION SELECT q.in_reply_to FROM posts q WHERE q.id IN ({places}) \
         UNION SELECT q.root_id FROM posts q WHERE q.id IN ({places})) ORDER BY p.id{}",
        dialect::for_change(tx)
    );
    rows::<Row>(tx, &select, ids.iter().map(|id| Value::from(*id))).await?;
    Ok(())
}

/// Adds to a count of each of these posts as often as it is named, or takes away.
async fn add(
    tx: &mut Tx,
    column: &str,
    posts: impl Iterator<Item = Uuid>,
    counted: bool,
) -> anyhow::Result<()> {
    let mut by_post: HashMap<Uuid, i64> = HashMap::new();
    for post in posts {
        *by_post.entry(post).or_default() += if counted { 1 } else { -1 };
    }
    let mut by_step: HashMap<i64, Vec<Uuid>> = HashMap::new();
    for (post, step) in by_post {
        by_step.entry(step).or_default().push(post);
    }
    for (step, posts) in by_step {
        let update =
            format!("UPDATE posts SET {column} = {column} + $1 WHERE id IN ({})", places(2, posts.len()));
        let values = std::iter::once(Value::from(step)).chain(posts.into_iter().map(Value::from));
        execute(tx, &update, values).await?;
    }
    Ok(())
}

fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// The worker that counts people out and in.
pub struct AbsenceKeeper {
    uow: Arc<UnitOfWork>,
    size: i64,
}

impl AbsenceKeeper {
    /// In this database.
    pub fn new(uow: Arc<UnitOfWork>) -> Self {
        Self { uow, size: PIECE }
    }

    /// The same, with so many likes and replies at a time.
    #[must_use]
    pub fn in_pieces_of(self, size: i64) -> Self {
        Self { size, ..self }
    }

    /// Notes who was suspended by a process of the version before, which counted nobody out.
    ///
    /// # Errors
    /// Only outages.
    pub async fn look(&self) -> anyhow::Result<()> {
        let noted = self.uow.run(async |tx| {
            let note = "INSERT INTO absences (user_id) SELECT u.id FROM users u WHERE u.status = 'suspended' AND (EXISTS \
                        (SELECT 1 FROM likes l WHERE l.user_id = u.id AND l.counted = TRUE LIMIT 1 OFFSET 0) OR EXISTS \
                        (SELECT 1 FROM posts r WHERE r.author_id = u.id AND r.in_reply_to IS NOT NULL \
                        AND r.counted = TRUE LIMIT 1 OFFSET 0)) ON CONFLICT (user_id) DO NOTHING";
            Ok(execute(tx, note, []).await?)
        });
        noted.await.map(|_| ()).map_err(|failure| anyhow::anyhow!("{failure:?}"))
    }

    /// Counts a piece of what somebody did; `false` if nobody is left.
    ///
    /// # Errors
    /// Only outages; it is counted later.
    pub async fn count(&self) -> anyhow::Result<bool> {
        let counted = self.uow.run(async |tx| Ok(piece(tx, self.size).await?)).await;
        counted.map_err(|failure| anyhow::anyhow!("{failure:?}"))
    }
}

fn failed(error: &anyhow::Error) {
    tracing::warn!(error = format!("{error:#}"), "people could not be counted out");
}

#[async_trait]
impl Worker for AbsenceKeeper {
    fn name(&self) -> &'static str {
        "community-absences"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut looked = false;
        loop {
            if !looked {
                looked = self.look().await.inspect_err(failed).is_ok();
            }
            let pause = match self.count().await {
                Ok(true) => REST,
                Ok(false) => PAUSE,
                Err(error) => {
                    failed(&error);
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }
}
