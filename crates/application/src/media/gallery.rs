//! `Gallery`: pictures for the capabilities that show them, and the addresses they are given.
//!
//! An address is the name of a file, for whom it was made, until when it is good, and a signature
//! over the three. It changes only a few times a day, so that copies that were kept are found.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_domain::{
    media::{
        Media, MediaName, Size,
        errors::{REPEATED_PICTURE, UNKNOWN_PICTURE},
    },
    shared::{Failure, PictureId, Timestamp, UserId},
};

use super::{LinkSigner, MediaQueries, MediaRepository};
use crate::shared::{Audience, Clock, PICTURES_PATH, Picture, Pictures, Tx};

/// Addresses made for a person are good for one to two of these.
const PERSON_STEP: Duration = Duration::from_hours(6);
/// Those made for a circle.
const CIRCLE_STEP: Duration = Duration::from_mins(30);

/// Knows the pictures and signs their addresses.
pub struct Gallery {
    media: Arc<dyn MediaRepository>,
    queries: Arc<dyn MediaQueries>,
    signer: Arc<dyn LinkSigner>,
    clock: Arc<dyn Clock>,
}

impl Gallery {
    /// From its ports.
    pub fn new(
        media: Arc<dyn MediaRepository>,
        queries: Arc<dyn MediaQueries>,
        signer: Arc<dyn LinkSigner>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { media, queries, signer, clock }
    }

    /// The picture as it is shown.
    pub fn show(&self, audience: Audience, media: &Media) -> Picture {
        let path = |size| self.path(audience, &media.name(size));
        Picture {
            id: media.id,
            path: path(Size::Full),
            small_path: path(Size::Small),
            width: media.width,
            height: media.height,
            content_type: media.kind.content_type().into(),
            byte_size: media.byte_size,
            blurhash: media.blurhash.clone(),
        }
    }

    fn path(&self, audience: Audience, name: &MediaName) -> String {
        let now = seconds(self.clock.now());
        let (step, viewer) = match audience {
            Audience::Person(viewer) => (PERSON_STEP, Some(viewer)),
            Audience::Circle => (CIRCLE_STEP, None),
        };
        let step = i64::try_from(step.as_secs()).unwrap_or(i64::MAX);
        let until = (now / step + 2) * step;
        let sig = self.signer.sign(&signed(&name.to_string(), viewer, until));
        match viewer {
            Some(viewer) => format!("{PICTURES_PATH}{name}?for={viewer}&until={until}&sig={sig}"),
            None => format!("{PICTURES_PATH}{name}?until={until}&sig={sig}"),
        }
    }
}

/// What the signature of an address is about.
pub(super) fn signed(name: &str, viewer: Option<UserId>, until: i64) -> String {
    let viewer = viewer.map(|viewer| viewer.to_string()).unwrap_or_default();
    format!("{name}\n{viewer}\n{until}")
}

/// Since 1970.
pub(super) fn seconds(instant: Timestamp) -> i64 {
    instant.micros() / 1_000_000
}

#[async_trait]
impl Pictures for Gallery {
    async fn take_many(
        &self,
        tx: &mut Tx,
        owner: UserId,
        pictures: &[PictureId],
        pointer: &str,
    ) -> Result<(), Failure> {
        if pictures.is_empty() {
            return Ok(());
        }
        let own = self.media.hold(tx, owner, pictures).await?;
        let mut refused = Vec::new();
        for (place, id) in pictures.iter().enumerate() {
            if pictures[..place].contains(id) {
                refused.push(REPEATED_PICTURE.at(format!("{pointer}/{place}")));
            } else if !own.iter().any(|media| media.id == *id) {
                refused.push(UNKNOWN_PICTURE.at(format!("{pointer}/{place}")));
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(Failure::fields(refused)) }
    }

    async fn take_one(
        &self,
        tx: &mut Tx,
        owner: UserId,
        picture: PictureId,
        pointer: &str,
    ) -> Result<String, Failure> {
        let own = self.media.hold(tx, owner, &[picture]).await?;
        let media = own.first().ok_or_else(|| UNKNOWN_PICTURE.at(pointer))?;
        Ok(media.name(Size::Small).to_string())
    }

    async fn shown(&self, audience: Audience, pictures: &[PictureId]) -> anyhow::Result<Vec<Picture>> {
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let media = self.queries.media(pictures).await?;
        Ok(media.iter().map(|media| self.show(audience, media)).collect())
    }
}
