//! What `media` adds to an export.

use std::sync::Arc;

use async_trait::async_trait;
use madang_application::{
    media::{MediaQueries, MediaStore},
    shared::{Caller, ExportFile, ExportPart},
};
use madang_domain::media::Size;
use serde_json::json;

/// Every picture of the person as it is kept, and a list of them.
pub struct MediaExport {
    queries: Arc<dyn MediaQueries>,
    store: Arc<dyn MediaStore>,
}

impl MediaExport {
    /// From its ports.
    pub fn new(queries: Arc<dyn MediaQueries>, store: Arc<dyn MediaStore>) -> Self {
        Self { queries, store }
    }
}

#[async_trait]
impl ExportPart for MediaExport {
    async fn files(&self, caller: &Caller) -> anyhow::Result<Vec<ExportFile>> {
        let mut files = Vec::new();
        let mut list = Vec::new();
        for media in self.queries.of_owner(caller.user).await? {
            let Some(content) = self.store.get(&media.name(Size::Full)).await? else { continue };
            let path = format!("media/{}.{}", media.id, media.kind.extension());
            list.push(json!({
                "id": media.id, "file": path, "contentType": media.kind.content_type(), "width": media.width,
                "height": media.height, "byteSize": media.byte_size, "blurhash": media.blurhash,
                "createdAt": media.created_at,
            }));
            files.push(ExportFile { path, content });
        }
        files.push(ExportFile::json("media.json", &list)?);
        Ok(files)
    }
}
