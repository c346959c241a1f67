//! What is said of pictures.

use madang_application::shared::Picture;
use madang_domain::shared::id;
use poem_openapi::Object;
use serde::Serialize;

use crate::http::{Ident, url};

/// A picture.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// Its id, to attach it by.
    pub id: Ident<id::Picture>,
    /// Where it is, for the caller and for some hours; ask for what it belongs to again for a new
    /// address.
    pub url: String,
    /// Where a rendition of at most 320 pixels a side is, likewise.
    pub thumbnail_url: String,
    /// In pixels, upright.
    #[oai(validator(minimum(value = "1")))]
    pub width: u32,
    /// In pixels, upright.
    #[oai(validator(minimum(value = "1")))]
    pub height: u32,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub content_type: String,
    /// Of the picture as it is kept, in bytes.
    pub byte_size: i64,
    /// A blurred preview (blurha.sh).
    pub blurhash: String,
}

impl From<Picture> for Media {
    fn from(picture: Picture) -> Self {
        Self {
            id: picture.id.into(),
            url: url::picture(&picture.path),
            thumbnail_url: url::picture(&picture.small_path),
            width: picture.width,
            height: picture.height,
            content_type: picture.content_type.into_owned(),
            byte_size: picture.byte_size,
            blurhash: picture.blurhash,
        }
    }
}
