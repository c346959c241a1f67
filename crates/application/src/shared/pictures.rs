//! Pictures as every capability that shows some needs them.

use std::borrow::Cow;

use async_trait::async_trait;
use madang_domain::shared::{Failure, PictureId, UserId};
use serde::{Deserialize, Serialize};

use super::Tx;

/// Where pictures are fetched, before their names.
pub const PICTURES_PATH: &str = "/v1/media/";

/// A picture as it is shown to somebody. It also travels between processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its id.
    pub id: PictureId,
    /// The path of the whole picture, with the proof that this viewer was shown it.
    pub path: String,
    /// The same of the small rendition.
    pub small_path: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What the whole picture is.
    pub content_type: Cow<'static, str>,
    /// Of the whole picture, in bytes.
    pub byte_size: i64,
    /// A blurred preview (<https://blurha.sh>).
    pub blurhash: String,
}

/// To whom pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// To this person, who has to be allowed to see it also when fetching it.
    Person(UserId),
    /// To a circle that is told at once, such as those in a room: whoever holds the address may
    /// fetch it, but not for long.
    Circle,
}

/// The uploaded pictures.
#[async_trait]
pub trait Pictures: Send + Sync + 'static {
    /// Takes pictures of one's own to hang them up in this transaction; until it ends they do not
    /// go away.
    ///
    /// # Errors
    /// `media.unknown_picture` and `media.repeated_picture`, at `pointer/0` and so on.
    async fn take_many(
        &self,
        tx: &mut Tx,
        owner: UserId,
        pictures: &[PictureId],
        pointer: &str,
    ) -> Result<(), Failure>;

    /// The same for one picture; answers the name of its small rendition.
    ///
    /// # Errors
    /// `media.unknown_picture` at `pointer`.
    async fn take_one(
        &self,
        tx: &mut Tx,
        owner: UserId,
        picture: PictureId,
        pointer: &str,
    ) -> Result<String, Failure>;

    /// Those of these pictures that there are, in no particular order. Whoever asks has checked
    /// that they may be shown.
    async fn shown(&self, audience: Audience, pictures: &[PictureId]) -> anyhow::Result<Vec<Picture>>;
}

/// A place where pictures hang. Each capability that shows pictures brings its own.
#[async_trait]
pub trait PictureWall: Send + Sync + 'static {
    /// Those of these pictures that hang here.
    async fn hanging(&self, tx: &mut Tx, pictures: &[PictureId]) -> anyhow::Result<Vec<PictureId>>;

    /// Whether this person may see this picture here; without a person, whether everybody may.
    async fn shows(&self, viewer: Option<UserId>, picture: PictureId) -> anyhow::Result<bool>;
}
