//! Tag `Community`: pictures in and out.

use std::sync::Arc;

use madang_application::media::{Grant, MediaService};
use madang_domain::shared::id::User;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    dto::Media,
    file::{PictureFile, PictureUpload},
};
use crate::http::{Auth, Created, Ident, Outcome};

/// Pictures.
pub struct MediaApi {
    service: Arc<MediaService>,
}

impl MediaApi {
    /// Wires it.
    pub fn new(service: Arc<MediaService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Community")]
impl MediaApi {
    /// Upload a picture
    ///
    /// PNG, JPEG, GIF or WebP, told by content. It is written anew: upright, and without anything
    /// that says where, when or with what it was taken. Attach it by its `id` within a day; a picture
    /// that belongs to nothing goes.
    ///
    /// Errors: `media.no_file`, `media.too_large`, `media.not_a_picture`, `media.broken_picture`,
    /// `media.too_many_pixels`, `media.quota_exceeded`, `media.busy`, `platform.malformed_request`,
    /// `platform.unsupported_media_type`.
    #[oai(path = "/v1/media", method = "post", operation_id = "uploadMedia")]
    async fn upload(&self, Auth(caller): Auth, upload: PictureUpload) -> Outcome<Created<Media>> {
        let media = Media::from(self.service.upload(&caller, upload.0).await?);
        Ok(Created::new(media.url.clone(), media))
    }

    /// Fetch a picture
    ///
    /// At the addresses that answers name. Whoever an address was made for has to be allowed to see
    /// what the picture belongs to; everybody else may not see it, nor anybody after some hours.
    ///
    /// Errors: `platform.not_found`.
    #[oai(path = "/v1/media/:name", method = "get", operation_id = "fetchMedia")]
    async fn fetch(
        &self,
        /// The name of the file.
        name: Path<String>,
        /// For whom the address was made.
        #[oai(name = "for")]
        viewer: Query<Option<Ident<User>>>,
        /// Until when it is good, in seconds since 1970.
        until: Query<Option<i64>>,
        /// The signature over both.
        sig: Query<Option<String>>,
    ) -> Outcome<PictureFile> {
        let grant = Grant { viewer: viewer.0.map(|viewer| viewer.0), until: until.0, signature: sig.0 };
        let picture = self.service.fetch(&name.0, &grant).await?;
        Ok(PictureFile { name: name.0, picture })
    }
}
