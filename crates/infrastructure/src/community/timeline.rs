//! Keeping the copied feeds exact.

use madang_application::shared::Tx;
use madang_domain::shared::UserId;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::{dialect, execute, row};

/// Authors with this many followers are merged when read: a post would write too many rows.
const MANY_FOLLOWERS: i64 = 1000;
/// Authors with this many posts are merged when read: a follow would write too many rows.
const MANY_POSTS: i64 = 5000;

#[derive(FromQueryResult)]
struct Author {
    is_big: bool,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// Makes the row that [`lock_author`] locks.
pub(super) async fn note_author(tx: &mut Tx, author: UserId) -> anyhow::Result<()> {
    let insert = "INSERT INTO authors (user_id, is_big) VALUES ($1, FALSE) ON CONFLICT (user_id) DO NOTHING";
    execute(tx, insert, [author.uuid().into()]).await?;
    Ok(())
}

/// Locks the author's row until the transaction ends, so that a post and a follow cannot miss
/// each other; says whether the author is big. Once big, always big.
pub(super) async fn lock_author(tx: &mut Tx, author: UserId) -> anyhow::Result<bool> {
    note_author(tx, author).await?;
    let select = format!("SELECT is_big FROM authors WHERE user_id = $1{}", dialect::for_change(tx));
    Ok(row::<Author>(tx, &select, [author.uuid().into()]).await?.is_some_and(|author| author.is_big))
}

/// Puts a new post into the feeds of its author and of the followers.
pub(super) async fn spread(tx: &mut Tx, author: UserId, post: Uuid) -> anyhow::Result<()> {
    let own = "INSERT INTO timeline (owner_id, post_id) VALUES ($1, $2)";
    execute(tx, own, [author.uuid().into(), post.into()]).await?;
    if lock_author(tx, author).await? {
        return Ok(());
    }
    let copied = "INSERT INTO timeline (owner_id, post_id) \
                  SELECT f.follower_id, p.id FROM follows f JOIN posts p ON p.id = $2 WHERE f.followee_id = $1";
    execute(tx, copied, [author.uuid().into(), post.into()]).await?;
    let posts = "SELECT count(*) AS n FROM (SELECT 1 FROM posts WHERE author_id = $1 LIMIT $2) AS few";
    grow(tx, author, posts, MANY_POSTS).await
}

/// Puts what the followee wrote, whom [`lock_author`] found not to be big, into the follower's feed.
pub(super) async fn join(tx: &mut Tx, follower: UserId, followee: UserId) -> anyhow::Result<()> {
    let copied = "INSERT INTO timeline (owner_id, post_id) \
                  SELECT f.follower_id, p.id FROM follows f JOIN posts p ON p.author_id = f.followee_id \
                  WHERE f.follower_id = $1 AND f.followee_id = $2 ON CONFLICT (owner_id, post_id) DO NOTHING";
    execute(tx, copied, [follower.uuid().into(), followee.uuid().into()]).await?;
    let followers =
        "SELECT count(*) AS n FROM (SELECT 1 FROM follows WHERE followee_id = $1 LIMIT $2) AS few";
    grow(tx, followee, followers, MANY_FOLLOWERS).await
}

/// Takes what the followee wrote out of the follower's feed.
pub(super) async fn leave(tx: &mut Tx, follower: UserId, followee: UserId) -> anyhow::Result<()> {
    lock_author(tx, followee).await?;
    let gone =
        "DELETE FROM timeline WHERE owner_id = $1 AND post_id IN (SELECT id FROM posts WHERE author_id = $2)";
    execute(tx, gone, [follower.uuid().into(), followee.uuid().into()]).await?;
    Ok(())
}

async fn grow(tx: &mut Tx, author: UserId, count: &str, many: i64) -> anyhow::Result<()> {
    let counted = row::<Count>(tx, count, [author.uuid().into(), many.into()]).await?;
    if counted.is_some_and(|counted| counted.n >= many) {
        // Whoever follows or unfollows at this moment waits for the lock, so no follow is missed.
        for text in [
            "UPDATE authors SET is_big = TRUE WHERE user_id = $1",
            "UPDATE follows SET followee_is_big = TRUE WHERE followee_id = $1 AND NOT followee_is_big",
        ] {
            execute(tx, text, [author.uuid().into()]).await?;
        }
    }
    Ok(())
}
