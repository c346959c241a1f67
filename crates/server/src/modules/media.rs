//! Pictures.

use std::{sync::Arc, time::Duration};

use madang_application::{
    media::{
        Darkroom, Gallery, KeySource, LinkSigner, MediaFarewell, MediaQueries, MediaRepository, MediaService,
        MediaStore, Quota,
    },
    shared::{ExportPart, Pictures, Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::domain_events::UserErased;
use madang_infrastructure::{
    crypto::MasterSecret,
    media::{
        HmacLinks, ImageDarkroom, MediaCollector, MediaExport, ObjectMediaStore, RandomKeys, S3Settings,
        SweepRest,
    },
    sql::SqlStore,
};
use madang_presentation::media::MediaApi;

use super::Module;
use crate::config::{self, Config, MediaStorage, Secret};

/// Upload, keep, hand out, sweep up.
pub struct Media;

impl Module for Media {
    type Api = MediaApi;

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn MediaRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn MediaQueries>);
        registry.bind(|| Arc::new(ImageDarkroom::default()) as Arc<dyn Darkroom>);
        registry.bind(|| Arc::new(RandomKeys) as Arc<dyn KeySource>);
        registry.bind(|master: Arc<MasterSecret>| {
            Arc::new(HmacLinks::new(&master.derive("picture-links"))) as Arc<dyn LinkSigner>
        });
        registry.bind(files);
        registry.service(|config: Arc<Config>| Quota(i64::from(config.media.quota_mebibytes) * 1024 * 1024));
        registry.service(Gallery::new);
        registry.bind(|gallery: Arc<Gallery>| gallery as Arc<dyn Pictures>);
        registry.service(MediaService::new);
        registry.service(MediaFarewell::new);
        registry.bind(on::<UserErased, MediaFarewell>);
        registry.service(MediaExport::new);
        registry.bind(|part: Arc<MediaExport>| part as Arc<dyn ExportPart>);
        registry.service(|config: Arc<Config>| {
            SweepRest(Duration::from_secs(u64::from(config.media.sweep_seconds)))
        });
        registry.service(MediaCollector::new);
        registry.bind(|collector: Arc<MediaCollector>| collector as Arc<dyn Worker>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        container.construct(MediaApi::new)
    }
}

/// Checks at start what no rule of the configuration sees: that the folder can be made, and that
/// the bucket's settings make sense together.
///
/// # Errors
/// One line that names the key.
pub fn check_files(config: &Config) -> anyhow::Result<()> {
    open(config).map(drop)
}

fn open(config: &Config) -> anyhow::Result<ObjectMediaStore> {
    let media = &config.media;
    match (media.storage, &media.s3_bucket) {
        (MediaStorage::S3, Some(bucket)) => ObjectMediaStore::s3(&s3(media, bucket)),
        _ => ObjectMediaStore::files(&config.data_dir.join("media")),
    }
}

fn s3(media: &config::Media, bucket: &str) -> S3Settings {
    let key = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    S3Settings {
        bucket: bucket.to_owned(),
        region: media.s3_region.clone(),
        endpoint: media.s3_endpoint.as_ref().map(ToString::to_string),
        keys: key(&media.s3_access_key).zip(key(&media.s3_secret_key)),
    }
}

#[expect(clippy::expect_used, reason = "the start opened it before")]
fn files(config: Arc<Config>) -> Arc<dyn MediaStore> {
    Arc::new(open(&config).expect("the place for pictures was checked"))
}
