//! `madang backup` and `madang restore`: the database and the media in one folder, and back.

use std::{
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use madang_infrastructure::sql::Copied;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::say;
use crate::config::{Config, MediaStorage};

/// The layout of a backup; a later one gets another number.
const FORMAT: u32 = 1;
/// What a backup is. It is written last, so that a folder without it is no backup.
const MANIFEST: &str = "backup.json";
const DATABASE: &str = "database";
const MEDIA: &str = "media";

/// What a backup says about itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    format: u32,
    /// The program that made it.
    version: String,
    /// `sqlite` or `postgres`.
    database: String,
    /// The last step of its schema.
    schema: String,
    /// How many media files it holds.
    media: u64,
    /// The bucket that holds the media instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
}

/// Copies the database, as of one moment, and the media into a new folder. The server may run. Media
/// in a bucket stay there, which is said: a bucket is copied by tools that are made for it.
///
/// # Errors
/// A folder with something in it, a database that cannot be read, a full disk.
pub async fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let database = Copied::of(&config.database_url())?;
    let (made, media) = (folder.to_owned(), config.data_dir.join(MEDIA));
    spawn_blocking(move || new_folder(&made)).await??;
    // First the rows, then the files: a file that comes in between is one too many, not one missing.
    let file = folder.join(DATABASE);
    database.save(&file).await?;
    let (to, copied) = (folder.join(MEDIA), file);
    let bucket = bucket_of(config);
    let elsewhere = bucket.is_some();
    let media = spawn_blocking(move || {
        std::fs::set_permissions(&copied, std::fs::Permissions::from_mode(0o600))?;
        std::fs::File::open(&copied)?.sync_all()?;
        if elsewhere { Ok(0) } else { copy_tree(&media, &to) }
    });
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: database.kind().to_owned(),
        schema: last_step().to_owned(),
        media: media.await?.context("copy the media")?,
        bucket,
    };
    let (path, text) = (folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?);
    spawn_blocking(move || write(&path, &text)).await?.context("write the manifest")?;
    let size = tokio::fs::metadata(folder.join(DATABASE)).await?.len();
    let place = folder.display();
    match &manifest.bucket {
        None => say(&format!(
            "backed up {size} bytes of {} and {} media files into {place}",
            manifest.database, manifest.media
        )),
        Some(bucket) => say(&format!(
            "backed up {size} bytes of {} into {place}\n\
             NOT backed up: the media, which lie in the bucket {bucket}. Copy it now as well, for instance with\n    \
             aws s3 sync s3://{bucket} {place}/{MEDIA}\n\
             A copy made after this backup has every file that the backup names.",
            manifest.database
        )),
    }
}

/// The bucket that the media lie in, if they do.
fn bucket_of(config: &Config) -> Option<String> {
    config.media.s3_bucket.clone().filter(|_| config.media.storage == MediaStorage::S3)
}

/// Fills an empty installation from a backup.
///
/// # Errors
/// Something is there already, the folder is no backup, or it is one of another kind of database.
pub async fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let manifest = tokio::fs::read(folder.join(MANIFEST)).await;
    let manifest = manifest.with_context(|| format!("{} is no complete backup", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).context("the backup's manifest")?;
    let database = Copied::of(&config.database_url())?;
    if manifest.format != FORMAT {
        bail!("the backup has format {}, this program reads {FORMAT}", manifest.format);
    }
    if !madang_migration::STEPS.iter().any(|step| step.name == manifest.schema) {
        bail!("the backup is of a newer program ({})", manifest.version);
    }
    if manifest.database != database.kind() {
        bail!("the backup is of {}, but the configured database is {}", manifest.database, database.kind());
    }
    let media = config.data_dir.join(MEDIA);
    if !database.is_empty().await? || !is_empty(&media)? {
        bail!(
            "there is something already: a backup is only restored into an empty database and media folder"
        );
    }
    // First the files, so that no row ever lacks its own.
    let (from, to) = (folder.join(MEDIA), media.clone());
    let files = spawn_blocking(move || copy_tree(&from, &to)).await?.context("copy the media")?;
    // Of a bucket's copy only its maker knows how much there should be.
    if manifest.bucket.is_none() && files != manifest.media {
        bail!("the backup should hold {} media files, but has {files}", manifest.media);
    }
    if let Err(error) = database.load(&folder.join(DATABASE)).await {
        // Empty again, so that it can be tried again.
        let _absent = tokio::fs::remove_dir_all(&media).await;
        return Err(error);
    }
    say(&format!("restored the {} database and {files} media files", manifest.database))?;
    match (bucket_of(config), &manifest.bucket) {
        (Some(bucket), _) if files > 0 => say(&format!(
            "The configured bucket does not have these files: copy them, for instance with\n    \
             aws s3 sync {} s3://{bucket}",
            media.display()
        )),
        (None, Some(bucket)) if files == 0 => say(&format!(
            "The media were in the bucket {bucket}, and no copy of it is in the backup: fetch them, for \
             instance with\n    aws s3 sync s3://{bucket} {}",
            media.display()
        )),
        _ => Ok(()),
    }
}

fn last_step() -> &'static str {
    madang_migration::STEPS.last().map_or("", |step| step.name)
}

/// A folder for this user only: a backup holds what the database holds.
fn new_folder(folder: &Path) -> anyhow::Result<()> {
    if !is_empty(folder)? {
        bail!("{} is not empty: a backup never overwrites anything", folder.display());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("create {}", folder.display()))
}

/// Whether a folder is absent, or has nothing in it.
fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("look into {}", folder.display())),
    }
}

/// Copies all files below a folder; answers how many. An absent folder has none. What is neither a
/// file nor a folder is left out, as is what went away meanwhile.
fn copy_tree(from: &Path, to: &Path) -> std::io::Result<u64> {
    let mut copied = 0;
    let mut waiting: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        let entries = match std::fs::read_dir(&from) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        std::fs::create_dir_all(&to)?;
        for entry in entries {
            let entry = entry?;
            let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
            if kind.is_dir() {
                waiting.push((entry.path(), target));
            } else if kind.is_file() {
                match std::fs::copy(entry.path(), &target) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    done => done?,
                };
                std::fs::File::open(&target)?.sync_all()?;
                copied += 1;
            }
        }
    }
    Ok(copied)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
