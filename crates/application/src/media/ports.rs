//! What media needs.

use async_trait::async_trait;
use madang_domain::{
    media::{Kind, Media, MediaName},
    shared::{Failure, PictureId, Timestamp, UserId},
};

use crate::shared::Tx;

/// A picture made harmless: upright, without metadata.
#[derive(Clone, Debug)]
pub struct Developed {
    /// What it became.
    pub kind: Kind,
    /// The file.
    pub bytes: Vec<u8>,
    /// What the small rendition is.
    pub small_kind: Kind,
    /// The small file.
    pub small: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// A blurred preview.
    pub blurhash: String,
}

/// How much room a person has, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Quota(pub i64);

/// Makes pictures harmless.
#[async_trait]
pub trait Darkroom: Send + Sync + 'static {
    /// Reads a picture by its content and writes it anew.
    ///
    /// # Errors
    /// `media.not_a_picture`, `media.broken_picture`, `media.too_many_pixels`, `media.busy`
    async fn develop(&self, bytes: Vec<u8>) -> Result<Developed, Failure>;
}

/// Where files lie.
#[async_trait]
pub trait MediaStore: Send + Sync + 'static {
    /// Keeps a file, for good once this returns.
    async fn put(&self, name: &MediaName, bytes: Vec<u8>) -> anyhow::Result<()>;

    /// The file.
    async fn get(&self, name: &MediaName) -> anyhow::Result<Option<Vec<u8>>>;

    /// Removes a file; again changes nothing.
    async fn remove(&self, name: &MediaName) -> anyhow::Result<()>;
}

/// Makes keys that nobody guesses.
pub trait KeySource: Send + Sync + 'static {
    /// 32 hexadecimal digits.
    fn key(&self) -> String;
}

/// Signs addresses.
pub trait LinkSigner: Send + Sync + 'static {
    /// The signature over a text, for a URL.
    fn sign(&self, text: &str) -> String;

    /// Whether the signature is ours, compared in constant time.
    fn verify(&self, text: &str, signature: &str) -> bool;
}

/// Rows about pictures.
#[async_trait]
pub trait MediaRepository: Send + Sync + 'static {
    /// Writes down that these files are to be removed from `at` on, unless [`Self::add`] comes
    /// first.
    async fn condemn(&self, tx: &mut Tx, names: &[MediaName], at: Timestamp) -> anyhow::Result<()>;

    /// Adds a picture and saves its files from removal; `false` if its owner has no room for it.
    async fn add(&self, tx: &mut Tx, media: &Media, room: i64, look: Timestamp) -> anyhow::Result<bool>;

    /// Those of these pictures that are this person's, kept from going until the transaction ends.
    async fn hold(&self, tx: &mut Tx, owner: UserId, ids: &[PictureId]) -> anyhow::Result<Vec<Media>>;

    /// Some pictures whose turn it is to be looked after, locked; other processes get others.
    async fn due(&self, tx: &mut Tx, now: Timestamp, most: u32) -> anyhow::Result<Vec<Media>>;

    /// Looks after these pictures again at that time.
    async fn look_again(&self, tx: &mut Tx, ids: &[PictureId], at: Timestamp) -> anyhow::Result<()>;

    /// Takes pictures away and condemns their files.
    async fn discard(&self, tx: &mut Tx, media: &[Media], now: Timestamp) -> anyhow::Result<()>;

    /// Every picture of a person, locked.
    async fn all_of(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<Vec<Media>>;
}

/// What is read about pictures.
#[async_trait]
pub trait MediaQueries: Send + Sync + 'static {
    /// These pictures, in no particular order.
    async fn media(&self, ids: &[PictureId]) -> anyhow::Result<Vec<Media>>;

    /// The picture with this key.
    async fn by_key(&self, key: &str) -> anyhow::Result<Option<Media>>;

    /// Every picture of a person, oldest first.
    async fn of_owner(&self, owner: UserId) -> anyhow::Result<Vec<Media>>;

    /// How much room a person's pictures take up, in bytes.
    async fn used_by(&self, owner: UserId) -> anyhow::Result<i64>;
}
