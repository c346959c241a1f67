//! The pictures of posts.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::shared::{PictureWall, Tx};
use madang_domain::{
    community::PostId,
    shared::{PictureId, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::visibility::visible;
use crate::sql::{SqlStore, dialect, execute, rows};

#[derive(FromQueryResult)]
struct Hung {
    post_id: Uuid,
    media_id: Uuid,
}

#[derive(FromQueryResult)]
struct Picture {
    media_id: Uuid,
}

/// `$first, $second, …`, as many as there are values, for `IN (…)`.
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// Makes these the pictures of the post, in this order.
pub(super) async fn hang(tx: &mut Tx, post: PostId, pictures: &[PictureId]) -> anyhow::Result<()> {
    execute(tx, "DELETE FROM post_media WHERE post_id = $1", [post.uuid().into()]).await?;
    for (place, picture) in pictures.iter().enumerate() {
        let insert = "INSERT INTO post_media (post_id, place, media_id) VALUES ($1, $2, $3)";
        let place = i64::try_from(place)?;
        execute(tx, insert, [post.uuid().into(), place.into(), picture.uuid().into()]).await?;
    }
    Ok(())
}

/// The pictures of these posts, each post's in their order.
pub(super) async fn of_posts(store: &SqlStore, posts: &[PostId]) -> anyhow::Result<Vec<(PostId, PictureId)>> {
    let text = format!(
        "SELECT w.post_id, w.media_id FROM {} l CROSS JOIN post_media w WHERE w.post_id = l.id \
         ORDER BY w.post_id, w.place",
        dialect::ids(store.writer(), "$1")
    );
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let posts = dialect::list(posts.iter().map(|post| post.uuid()));
    let hung: Vec<Hung> = store.rows(&text, [posts]).await?;
    Ok(hung.into_iter().map(|hung| (hung.post_id.into(), hung.media_id.into())).collect())
}

/// Posts as a place where pictures hang: whoever may see a post may see its pictures.
pub struct PostPictures {
    store: Arc<SqlStore>,
}

impl PostPictures {
    /// Of this store.
    pub fn new(store: Arc<SqlStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl PictureWall for PostPictures {
    async fn hanging(&self, tx: &mut Tx, pictures: &[PictureId]) -> anyhow::Result<Vec<PictureId>> {
        let text = format!(
            "SELECT DISTINCT w.media_id FROM post_media w WHERE w.media_id IN ({})",
            places(1, pictures.len())
        );
        let hung: Vec<Picture> = rows(tx, &text, pictures.iter().map(|id| Value::from(id.uuid()))).await?;
        Ok(hung.into_iter().map(|hung| hung.media_id.into()).collect())
    }

    async fn shows(&self, viewer: Option<UserId>, picture: PictureId) -> anyhow::Result<bool> {
        // Posts are for those who are logged in.
        let Some(viewer) = viewer else { return Ok(false) };
        let text = format!(
            "SELECT w.media_id FROM post_media w JOIN posts p ON p.id = w.post_id \
             WHERE w.media_id = $2 AND {} LIMIT 1",
            visible()
        );
        let values = [viewer.uuid().into(), picture.uuid().into()];
        Ok(self.store.row::<Picture>(&text, values).await?.is_some())
    }
}
