//! Documents that are written when somebody first asks for them: writing the API as YAML takes as
//! long as everything else a start does, and most programs that start are never asked.

use anyhow::Context;
use poem::{Endpoint, Request, Response, Result, http::header};
use tokio::{sync::OnceCell, task::spawn_blocking};

use super::{answer, problem::Problem};

/// Serves what `write` gives.
pub(super) struct Written<W> {
    content_type: &'static str,
    write: W,
    document: OnceCell<(String, String)>,
}

impl<W: Fn() -> anyhow::Result<String> + Clone + Send + Sync + 'static> Written<W> {
    /// As this type.
    pub(super) fn new(content_type: &'static str, write: W) -> Self {
        Self { content_type, write, document: OnceCell::new() }
    }

    async fn document(&self) -> anyhow::Result<&(String, String)> {
        self.document
            .get_or_try_init(|| async {
                let text = spawn_blocking(self.write.clone()).await.context("the writing broke")??;
                Ok((answer::hash_tag(text.as_bytes()), text))
            })
            .await
    }
}

impl<W: Fn() -> anyhow::Result<String> + Clone + Send + Sync + 'static> Endpoint for Written<W> {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let (etag, text) = self.document().await.map_err(Problem::from)?;
        Ok(Response::builder()
            .content_type(self.content_type)
            .header(header::CACHE_CONTROL, "public, max-age=60")
            .header(header::ETAG, etag)
            .body(text.clone()))
    }
}
