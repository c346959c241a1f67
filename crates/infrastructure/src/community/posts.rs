//! `PostRepository` in SQL.

use std::collections::BTreeSet;

use async_trait::async_trait;
use madang_application::{
    community::PostRepository,
    shared::{Tx, new_id},
};
use madang_domain::{
    community::{Mention, Post, PostId, Visibility},
    shared::{PictureId, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    absences, edits, mentions, pictures,
    rows::{COLUMNS, PostRow},
    search, timeline,
    visibility::visible,
};
use crate::sql::{SqlStore, dialect, execute, row, rows};

/// What `$1` likes.
const LIKED_BY: &str = "SELECT l.post_id FROM likes l WHERE l.user_id = $1";
/// What `$1` answered.
const ANSWERED_BY: &str = "SELECT r.in_reply_to FROM posts r WHERE r.author_id = $1";
/// What `$1` wrote, and the threads below.
const THREADS_OF: &str = "SELECT w.id FROM posts w WHERE w.author_id = $1 UNION \
    SELECT t.id FROM posts w JOIN posts t ON t.root_id = w.id WHERE w.author_id = $1";

/// A row read for its lock.
#[derive(FromQueryResult)]
struct Locked {
    #[expect(dead_code, reason = "only the lock matters")]
    id: Uuid,
}

#[async_trait]
impl PostRepository for SqlStore {
    async fn find_visible(&self, tx: &mut Tx, viewer: UserId, post: PostId) -> anyhow::Result<Option<Post>> {
        let select = format!(
            "SELECT {COLUMNS} FROM posts p WHERE p.id = $2 AND {}{}",
            visible(),
            dialect::for_change(tx)
        );
        let found = row::<PostRow>(tx, &select, [viewer.uuid().into(), post.uuid().into()]).await?;
        found.map(Post::try_from).transpose()
    }

    async fn find_in_thread(
        &self,
        tx: &mut Tx,
        viewer: UserId,
        post: PostId,
    ) -> anyhow::Result<Option<Post>> {
        let root = format!(
            "SELECT r.id FROM posts r WHERE r.id = (SELECT p.root_id FROM posts p WHERE p.id = $1){}",
            dialect::for_change(tx)
        );
        row::<Locked>(tx, &root, [post.uuid().into()]).await?;
        self.find_visible(tx, viewer, post).await
    }

    async fn add(&self, tx: &mut Tx, post: &Post, tags: &BTreeSet<String>, day: &str) -> anyhow::Result<()> {
        let counted = absences::counts(tx, post.author).await?;
        let insert = "INSERT INTO posts (id, author_id, title, text, event_id, occurrence, date, day, in_reply_to, root_id, \
                      root_author_id, root_visibility, narrowed_to, like_count, reply_count, version, created_at, counted) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, $14, $15, $16)";
        let values: [Value; 16] = [
            post.id.uuid().into(),
            post.author.uuid().into(),
            post.title.as_ref().map(|title| title.as_str().to_owned()).into(),
            post.text.as_str().into(),
            post.event.into(),
            post.occurrence.into(),
            post.date.map(|date| date.to_string()).into(),
            day.into(),
            post.in_reply_to.map(PostId::uuid).into(),
            post.root.uuid().into(),
            post.root_author.uuid().into(),
            post.root_visibility.as_str().into(),
            post.narrowed.map(Visibility::as_str).into(),
            post.version.into(),
            post.created_at.micros().into(),
            counted.into(),
        ];
        execute(tx, insert, values).await?;
        add_tags(tx, post.id, tags).await?;
        search::index(tx, post.id.uuid(), &search::words_of(post)).await?;
        count_reply(tx, post, 1).await?;
        timeline::spread(tx, post.author, post.id.uuid()).await
    }

    async fn name(&self, tx: &mut Tx, post: &Post, named: &[Mention]) -> anyhow::Result<Vec<UserId>> {
        mentions::save(tx, post, named).await
    }

    async fn change(
        &self,
        tx: &mut Tx,
        post: &Post,
        tags: &BTreeSet<String>,
        day: &str,
    ) -> anyhow::Result<()> {
        edits::keep(tx, post.id, post.edited_at.unwrap_or(post.created_at)).await?;
        if post.is_reply() {
            self.recount_narrowed(tx, post).await?;
        } else {
            let thread = "UPDATE posts SET root_visibility = $2 WHERE root_id = $1 AND root_visibility <> $2";
            execute(tx, thread, [post.id.uuid().into(), post.root_visibility.as_str().into()]).await?;
        }
        let update = "UPDATE posts SET title = $2, text = $3, narrowed_to = $4, event_id = $5, date = $6, day = $7, \
                      root_visibility = $8, version = $9, edited_at = $10, occurrence = $11 WHERE id = $1";
        let values: [Value; 11] = [
            post.id.uuid().into(),
            post.title.as_ref().map(|title| title.as_str().to_owned()).into(),
            post.text.as_str().into(),
            post.narrowed.map(Visibility::as_str).into(),
            post.event.into(),
            post.date.map(|date| date.to_string()).into(),
            day.into(),
            post.root_visibility.as_str().into(),
            post.version.into(),
            post.edited_at.map(Timestamp::micros).into(),
            post.occurrence.into(),
        ];
        execute(tx, update, values).await?;
        execute(tx, "DELETE FROM post_tags WHERE post_id = $1", [post.id.uuid().into()]).await?;
        add_tags(tx, post.id, tags).await?;
        search::index(tx, post.id.uuid(), &search::words_of(post)).await
    }

    async fn hang(&self, tx: &mut Tx, post: PostId, hung: &[PictureId]) -> anyhow::Result<()> {
        pictures::hang(tx, post, hung).await
    }

    async fn remove(&self, tx: &mut Tx, post: &Post) -> anyhow::Result<()> {
        let whose = if post.is_reply() { "id" } else { "root_id" };
        count_reply(tx, post, -1).await?;
        let authors = format!("SELECT p.author_id FROM posts p WHERE p.{whose} = $1");
        lock_authors(tx, &authors, post.id.uuid()).await?;
        execute(tx, &format!("DELETE FROM posts WHERE {whose} = $1"), [post.id.uuid().into()]).await?;
        Ok(())
    }

    async fn like(&self, tx: &mut Tx, post: PostId, user: UserId, at: Timestamp) -> anyhow::Result<bool> {
        let counted = absences::counts(tx, user).await?;
        let insert = "INSERT INTO likes (id, post_id, user_id, created_at, counted) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (post_id, user_id) DO NOTHING";
        let id = new_id::<()>().uuid();
        let values = [id.into(), post.uuid().into(), user.uuid().into(), at.micros().into(), counted.into()];
        let new = execute(tx, insert, values).await? > 0;
        if new && counted {
            let count = "UPDATE posts SET like_count = like_count + 1 WHERE id = $1";
            execute(tx, count, [post.uuid().into()]).await?;
        }
        Ok(new)
    }

    async fn unlike(&self, tx: &mut Tx, post: PostId, user: UserId) -> anyhow::Result<bool> {
        #[derive(FromQueryResult)]
        struct Was {
            counted: bool,
        }
        let delete = "DELETE FROM likes WHERE post_id = $1 AND user_id = $2 RETURNING counted";
        let was = row::<Was>(tx, delete, [post.uuid().into(), user.uuid().into()]).await?;
        if was.as_ref().is_some_and(|was| was.counted) {
            let count = "UPDATE posts SET like_count = like_count - 1 WHERE id = $1";
            execute(tx, count, [post.uuid().into()]).await?;
        }
        Ok(was.is_some())
    }

    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        // All posts concerned, the roots before their replies, then all authors: the order in which
        // everybody locks them.
        let posts = format!(
            "SELECT p.id FROM posts p WHERE p.id IN ({LIKED_BY} UNION {ANSWERED_BY} UNION {THREADS_OF}) \
             ORDER BY p.id{}",
            dialect::for_change(tx)
        );
        rows::<Locked>(tx, &posts, [user.uuid().into()]).await?;
        // Whom others are about to follow may not have a row yet, and then nothing to lock.
        timeline::note_author(tx, user).await?;
        let authors = format!(
            "SELECT p.author_id FROM posts p WHERE p.id IN ({THREADS_OF}) \
             UNION SELECT u.user_id FROM authors u WHERE u.user_id = $1"
        );
        lock_authors(tx, &authors, user.uuid()).await?;
        for statement in [
            "UPDATE posts SET like_count = like_count - 1 WHERE id IN (SELECT post_id FROM likes WHERE user_id = $1 AND counted)",
            "DELETE FROM likes WHERE user_id = $1",
            "UPDATE posts SET reply_count = reply_count - (SELECT count(*) FROM posts r WHERE r.in_reply_to = posts.id \
             AND r.author_id = $1 AND r.narrowed_to IS NULL AND r.counted), \
             narrowed_count = narrowed_count - (SELECT count(*) FROM posts r WHERE r.in_reply_to = posts.id \
             AND r.author_id = $1 AND r.narrowed_to IS NOT NULL) \
             WHERE id IN (SELECT in_reply_to FROM posts WHERE author_id = $1)",
            "DELETE FROM posts WHERE root_id IN (SELECT id FROM posts WHERE author_id = $1)",
            "DELETE FROM posts WHERE author_id = $1",
            "DELETE FROM post_mentions WHERE user_id = $1",
        ] {
            execute(tx, statement, [user.uuid().into()]).await?;
        }
        Ok(())
    }
}

impl SqlStore {
    /// A reply that becomes narrower than its thread, or stops being so, changes its parent's count.
    async fn recount_narrowed(&self, tx: &mut Tx, post: &Post) -> anyhow::Result<()> {
        let select = format!("SELECT {COLUMNS} FROM posts p WHERE p.id = $1");
        let before =
            row::<PostRow>(tx, &select, [post.id.uuid().into()]).await?.map(Post::try_from).transpose()?;
        if let Some(before) = before.filter(|before| before.narrowed.is_some() != post.narrowed.is_some()) {
            count_reply(tx, &before, -1).await?;
            count_reply(tx, post, 1).await?;
        }
        Ok(())
    }
}

/// Locks these authors, so that following, unfollowing and blocking them waits:
/// those write the same rows of `timeline` as deleting the posts does.
async fn lock_authors(tx: &mut Tx, authors: &str, of: Uuid) -> anyhow::Result<()> {
    let authors = format!(
        "SELECT a.user_id AS id FROM authors a WHERE a.user_id IN ({authors}) ORDER BY a.user_id{}",
        dialect::for_change(tx)
    );
    rows::<Locked>(tx, &authors, [of.into()]).await?;
    Ok(())
}

/// Replies that go with their thread are counted apart from narrower ones, so that a count tells
/// nobody of a reply they may not read. The reply is there; that of somebody suspended is not counted.
async fn count_reply(tx: &mut Tx, post: &Post, by: i64) -> anyhow::Result<()> {
    let Some(parent) = post.in_reply_to else { return Ok(()) };
    let count = match post.narrowed {
        None => {
            "UPDATE posts SET reply_count = reply_count + $2 WHERE id = $1 \
             AND (SELECT r.counted FROM posts r WHERE r.id = $3)"
        }
        Some(_) => "UPDATE posts SET narrowed_count = narrowed_count + $2 WHERE id = $1 AND $3 IS NOT NULL",
    };
    execute(tx, count, [parent.uuid().into(), by.into(), post.id.uuid().into()]).await?;
    Ok(())
}

async fn add_tags(tx: &mut Tx, post: PostId, tags: &BTreeSet<String>) -> anyhow::Result<()> {
    for tag in tags {
        let insert = "INSERT INTO post_tags (tag, post_id) VALUES ($1, $2)";
        execute(tx, insert, [tag.as_str().into(), post.uuid().into()]).await?;
    }
    Ok(())
}
