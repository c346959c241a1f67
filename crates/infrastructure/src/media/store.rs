//! `MediaStore` over `object_store`: files on disk, or a bucket of S3 and what speaks its language.

use std::{path::Path as Folder, sync::Arc};

use anyhow::Context;
use async_trait::async_trait;
use madang_application::media::MediaStore;
use madang_domain::media::MediaName;
use object_store::{
    Attribute, Attributes, Error, ObjectStore, ObjectStoreExt, PutOptions, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path,
};

/// A bucket and the way to it.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// Such as `ap-northeast-2`.
    pub region: String,
    /// Of a server other than Amazon's; its buckets are then paths.
    pub endpoint: Option<String>,
    /// Access key and secret key; without them the machine's own role is asked for.
    pub keys: Option<(String, String)>,
}

/// Pictures in an object store.
pub struct ObjectMediaStore {
    objects: Arc<dyn ObjectStore>,
    /// Whether the store keeps what it is told about files; a disk does not.
    attributes: bool,
}

impl ObjectMediaStore {
    /// Files in this folder, which is made if it is missing. A file that was written is on disk.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn files(folder: &Folder) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects), attributes: false })
    }

    /// Objects in a bucket.
    ///
    /// # Errors
    /// Settings that do not fit together.
    pub fn s3(settings: &S3Settings) -> anyhow::Result<Self> {
        let mut builder =
            AmazonS3Builder::new().with_bucket_name(&settings.bucket).with_region(&settings.region);
        if let Some(endpoint) = &settings.endpoint {
            let plain = endpoint.starts_with("http://");
            builder = builder.with_endpoint(endpoint.trim_end_matches('/')).with_allow_http(plain);
        }
        if let Some((access, secret)) = &settings.keys {
            builder = builder.with_access_key_id(access).with_secret_access_key(secret);
        }
        Ok(Self { objects: Arc::new(builder.build()?), attributes: true })
    }
}

/// In folders by the first digits, so that none has too many files.
fn path(name: &MediaName) -> Path {
    Path::from(format!("{}/{name}", &name.key[..2]))
}

#[async_trait]
impl MediaStore for ObjectMediaStore {
    async fn put(&self, name: &MediaName, bytes: Vec<u8>) -> anyhow::Result<()> {
        let mut options = PutOptions::default();
        if self.attributes {
            let kind = (Attribute::ContentType, name.kind.content_type());
            options.attributes = Attributes::from_iter([kind]);
        }
        self.objects.put_opts(&path(name), bytes.into(), options).await?;
        Ok(())
    }

    async fn get(&self, name: &MediaName) -> anyhow::Result<Option<Vec<u8>>> {
        match self.objects.get(&path(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn remove(&self, name: &MediaName) -> anyhow::Result<()> {
        match self.objects.delete(&path(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
