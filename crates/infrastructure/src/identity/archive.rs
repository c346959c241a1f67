//! ZIP archives.

use std::io::{Cursor, Write};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{Archiver, ExportFile};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Packs with deflate, beside the async threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZipArchiver;

#[async_trait]
impl Archiver for ZipArchiver {
    async fn pack(&self, files: Vec<ExportFile>) -> anyhow::Result<Vec<u8>> {
        tokio::task::spawn_blocking(move || pack(&files)).await.context("the packing broke")?
    }
}

fn pack(files: &[ExportFile]) -> anyhow::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        archive.start_file(file.path.as_str(), options)?;
        archive.write_all(&file.content)?;
    }
    Ok(archive.finish()?.into_inner())
}
