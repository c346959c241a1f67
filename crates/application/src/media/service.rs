//! Take pictures and hand them out.

use std::{sync::Arc, time::Duration};

use madang_domain::{
    media::{
        MOST_BYTES, Media, MediaName, Size,
        errors::{QUOTA_EXCEEDED, TOO_LARGE},
    },
    shared::{Failure, UserId, platform::NOT_FOUND},
};

use super::{
    Darkroom, Gallery, KeySource, LinkSigner, MediaQueries, MediaRepository, MediaStore, Quota,
    gallery::{seconds, signed},
};
use crate::shared::{Audience, Caller, Clock, Picture, PictureWall, UnitOfWork, new_id};

/// Files of an upload that did not come to its end are removed after this; no request takes as long.
const LONGEST_UPLOAD: Duration = Duration::from_hours(1);
/// How long a picture may hang nowhere.
pub(super) const GRACE: Duration = Duration::from_hours(24);
/// How long a picture that everybody may see may be kept by others, in seconds.
const OPEN_FOR: i64 = 24 * 60 * 60;

/// What an address claims beyond the name of a file.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// For whom it was made.
    pub viewer: Option<UserId>,
    /// Until when it is good, in seconds since 1970.
    pub until: Option<i64>,
    /// The signature over both and the name.
    pub signature: Option<String>,
}

/// A file that may be handed out.
#[derive(Clone, Debug)]
pub struct ServedPicture {
    /// What it is.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether everybody may see it.
    pub open: bool,
    /// How long it may be kept, in seconds.
    pub fresh_for: i64,
}

/// Everything about uploaded pictures.
pub struct MediaService {
    uow: Arc<UnitOfWork>,
    darkroom: Arc<dyn Darkroom>,
    store: Arc<dyn MediaStore>,
    media: Arc<dyn MediaRepository>,
    queries: Arc<dyn MediaQueries>,
    gallery: Arc<Gallery>,
    walls: Vec<Arc<dyn PictureWall>>,
    keys: Arc<dyn KeySource>,
    signer: Arc<dyn LinkSigner>,
    quota: Arc<Quota>,
    clock: Arc<dyn Clock>,
}

impl MediaService {
    /// From its ports.
    #[expect(clippy::too_many_arguments, reason = "called by the container only")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        darkroom: Arc<dyn Darkroom>,
        store: Arc<dyn MediaStore>,
        media: Arc<dyn MediaRepository>,
        queries: Arc<dyn MediaQueries>,
        gallery: Arc<Gallery>,
        walls: Vec<Arc<dyn PictureWall>>,
        keys: Arc<dyn KeySource>,
        signer: Arc<dyn LinkSigner>,
        quota: Arc<Quota>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, darkroom, store, media, queries, gallery, walls, keys, signer, quota, clock }
    }

    /// Makes a picture harmless and keeps it. Hung nowhere, it is gone after a day.
    ///
    /// The files are written between two transactions. The first one condemns them and the second
    /// one saves them, so that whatever ends the process in between leaves nothing behind for good.
    ///
    /// # Errors
    /// `media.too_large`, what [`Darkroom::develop`] refuses, `media.quota_exceeded`.
    pub async fn upload(&self, caller: &Caller, bytes: Vec<u8>) -> Result<Picture, Failure> {
        if bytes.len() > MOST_BYTES {
            return Err(TOO_LARGE.with("max", MOST_BYTES).into());
        }
        // Asked before the work; the transaction below is what decides.
        if self.queries.used_by(caller.user).await? >= self.quota.0 {
            return Err(QUOTA_EXCEEDED.into());
        }
        let developed = self.darkroom.develop(bytes).await?;
        let now = self.clock.now();
        let sizes = [developed.bytes.len(), developed.small.len()]
            .map(|size| i64::try_from(size).unwrap_or(i64::MAX));
        let media = Media {
            id: new_id(),
            owner: caller.user,
            key: self.keys.key(),
            kind: developed.kind,
            small_kind: developed.small_kind,
            width: developed.width,
            height: developed.height,
            byte_size: sizes[0],
            stored_bytes: sizes[0].saturating_add(sizes[1]),
            blurhash: developed.blurhash,
            created_at: now,
        };
        let names = media.names();
        self.uow.run(async |tx| Ok(self.media.condemn(tx, &names, now.plus(LONGEST_UPLOAD)).await?)).await?;
        self.store.put(&names[0], developed.bytes).await?;
        self.store.put(&names[1], developed.small).await?;
        let id = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let room = self.media.add(tx, &media, self.quota.0, now.plus(GRACE)).await?;
                if room { Ok(media.id) } else { Err(QUOTA_EXCEEDED.into()) }
            })
            .await?;
        // A repeated request gets the picture of the first one; its own files stay condemned.
        let kept = if id == media.id { Some(media) } else { self.queries.media(&[id]).await?.pop() };
        Ok(self.gallery.show(Audience::Person(caller.user), &kept.ok_or(NOT_FOUND)?))
    }

    /// The file of an address, if the address is good and whoever it was made for may (still) see
    /// the picture.
    ///
    /// # Errors
    /// 404 in every other case.
    pub async fn fetch(&self, name: &str, grant: &Grant) -> Result<ServedPicture, Failure> {
        let name: MediaName = name.parse().map_err(|()| NOT_FOUND)?;
        let left = self.left(&name, grant)?;
        let media = self.queries.by_key(&name.key).await?.filter(|media| media.names().contains(&name));
        let media = media.ok_or(NOT_FOUND)?;
        let open = left.is_none();
        let seen = match (open, grant.viewer) {
            (true, _) => name.size == Size::Small && self.hangs_for(None, &media).await?,
            (false, None) => true,
            (false, Some(viewer)) => viewer == media.owner || self.hangs_for(Some(viewer), &media).await?,
        };
        if !seen {
            return Err(NOT_FOUND.into());
        }
        let bytes = self.store.get(&name).await?.ok_or(NOT_FOUND)?;
        let content_type = name.kind.content_type();
        Ok(ServedPicture { content_type, bytes, open, fresh_for: left.unwrap_or(OPEN_FOR) })
    }

    /// How many seconds the address is still good for; `None` for one without a signature.
    fn left(&self, name: &MediaName, grant: &Grant) -> Result<Option<i64>, Failure> {
        let (until, signature) = match (grant.until, &grant.signature) {
            (None, None) if grant.viewer.is_none() => return Ok(None),
            (Some(until), Some(signature)) => (until, signature),
            _ => return Err(NOT_FOUND.into()),
        };
        let left = until.saturating_sub(seconds(self.clock.now()));
        let ours = self.signer.verify(&signed(&name.to_string(), grant.viewer, until), signature);
        if ours && left > 0 { Ok(Some(left)) } else { Err(NOT_FOUND.into()) }
    }

    async fn hangs_for(&self, viewer: Option<UserId>, media: &Media) -> Result<bool, Failure> {
        for wall in &self.walls {
            if wall.shows(viewer, media.id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
