//! A picture that was made harmless.

use std::{fmt, str::FromStr};

use crate::shared::{PictureId, Timestamp, UserId};

/// Largest file that is taken, in bytes.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Largest file that is kept, in bytes; what would be larger once rewritten is made smaller.
pub const MOST_KEPT_BYTES: usize = 5 * 1024 * 1024;
/// Most pixels a side.
pub const MOST_SIDE: u32 = 16_384;
/// Most pixels in all, of all frames together.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Most frames of an animation.
pub const MOST_FRAMES: usize = 300;
/// The longer side of a small rendition, in pixels.
pub const SMALL_SIDE: u32 = 320;

/// What a kept picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
}

impl Kind {
    /// As sent in `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The end of its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    /// From the end of a name.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "png" => Ok(Self::Png),
            "jpg" => Ok(Self::Jpeg),
            "gif" => Ok(Self::Gif),
            "webp" => Ok(Self::Webp),
            _ => Err(()),
        }
    }
}

/// Which rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As large as it was uploaded.
    Full,
    /// At most [`SMALL_SIDE`] pixels a side.
    Small,
}

/// The name of a file: 32 hexadecimal digits that nobody guesses, the size, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaName {
    /// The digits; both renditions share them.
    pub key: String,
    /// Which rendition.
    pub size: Size,
    /// What it is.
    pub kind: Kind,
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = if self.size == Size::Small { "-small" } else { "" };
        write!(f, "{}{size}.{}", self.key, self.kind.extension())
    }
}

impl FromStr for MediaName {
    type Err = ();

    /// Takes only what was made here, so that a name never is a path.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (stem, end) = text.split_once('.').ok_or(())?;
        let (key, size) = match stem.strip_suffix("-small") {
            Some(key) => (key, Size::Small),
            None => (stem, Size::Full),
        };
        let ours = key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if ours { Ok(Self { key: key.to_owned(), size, kind: end.parse()? }) } else { Err(()) }
    }
}

/// A picture somebody uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its id; later ones have greater ids.
    pub id: PictureId,
    /// Who uploaded it.
    pub owner: UserId,
    /// The digits of its names.
    pub key: String,
    /// What the whole picture is.
    pub kind: Kind,
    /// What the small rendition is.
    pub small_kind: Kind,
    /// In pixels, upright.
    pub width: u32,
    /// In pixels, upright.
    pub height: u32,
    /// Of the whole picture's file, in bytes.
    pub byte_size: i64,
    /// Of all its files, in bytes.
    pub stored_bytes: i64,
    /// A blurred preview (<https://blurha.sh>).
    pub blurhash: String,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

impl Media {
    /// The file of this size.
    pub fn name(&self, size: Size) -> MediaName {
        let kind = if size == Size::Full { self.kind } else { self.small_kind };
        MediaName { key: self.key.clone(), size, kind }
    }

    /// All its files.
    pub fn names(&self) -> [MediaName; 2] {
        [self.name(Size::Full), self.name(Size::Small)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_never_paths() {
        let key = "ab".repeat(16);
        for (size, kind) in [(Size::Full, Kind::Png), (Size::Small, Kind::Webp), (Size::Full, Kind::Jpeg)] {
            let name = MediaName { key: key.clone(), size, kind };
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        let bad = ["", "..", "../x.png", "ab.png", "AB.png", ".png", "-small.png"];
        let close = [
            format!("{key}.svg"),
            format!("{key}-large.png"),
            format!("{key}.png.png"),
            key.to_uppercase() + ".png",
        ];
        for bad in bad.iter().map(|bad| (*bad).to_owned()).chain(close) {
            assert_eq!(bad.parse::<MediaName>(), Err(()), "{bad}");
        }
    }
}
