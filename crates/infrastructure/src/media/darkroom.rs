//! `Darkroom`: pictures are decoded and written anew, so that nothing but pixels survives.

use std::{io::Cursor, sync::Arc, time::Duration};

use async_trait::async_trait;
use image::{
    AnimationDecoder, DynamicImage, Frame, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbaImage,
    codecs::{
        gif::{GifDecoder, GifEncoder, Repeat},
        jpeg::JpegEncoder,
    },
    imageops::{self, FilterType},
};
use madang_application::media::{Darkroom, Developed};
use madang_domain::{
    media::{
        Kind, MOST_FRAMES, MOST_KEPT_BYTES, MOST_PIXELS, MOST_SIDE, SMALL_SIDE,
        errors::{BROKEN_PICTURE, BUSY, NOT_A_PICTURE, TOO_MANY_PIXELS},
    },
    shared::{Failure, Refusal},
};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    colours::{Meaning, to_srgb},
    gif, png,
};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Memory one decoder may take, in bytes: the most pixels in four channels, and some room.
const MEMORY: u64 = MOST_PIXELS * 4 + 32 * 1024 * 1024;
/// Of JPEG files, 1 to 100.
const QUALITY: u8 = 88;
/// Of GIF files, 1 (slow and good) to 30.
const HASTE: i32 = 10;

/// Develops pictures, two at a time: each may take 200 MB.
pub struct ImageDarkroom {
    turns: Arc<Semaphore>,
}

impl Default for ImageDarkroom {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(2)) }
    }
}

#[async_trait]
impl Darkroom for ImageDarkroom {
    async fn develop(&self, bytes: Vec<u8>) -> Result<Developed, Failure> {
        // What is no picture at all does not wait for its turn.
        let format = format_of(&bytes)?;
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(|| Failure::from(BUSY).retry_after(2))?;
        let developed = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, not with the request.
            let _turn = turn;
            develop(&bytes, format)
        });
        Ok(developed.await.map_err(anyhow::Error::from)??)
    }
}

/// By content; the formats that are taken and no others.
fn format_of(bytes: &[u8]) -> Result<ImageFormat, Refusal> {
    let taken = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    image::guess_format(bytes)
        .ok()
        .filter(|format| taken.contains(format))
        .ok_or_else(|| NOT_A_PICTURE.into())
}

/// A picture that was read: one or more frames, upright.
enum Negative {
    Still(DynamicImage),
    Moving(Vec<Frame>),
}

fn develop(bytes: &[u8], format: ImageFormat) -> Result<Developed, Refusal> {
    let negative = if format == ImageFormat::Gif {
        Negative::Moving(animation(bytes)?)
    } else {
        Negative::Still(still(bytes, format)?)
    };
    let small = match &negative {
        Negative::Still(picture) => shrunk(picture),
        Negative::Moving(frames) => shrunk(&DynamicImage::from(frames[0].buffer().clone())),
    };
    let small_format = if format == ImageFormat::Gif { ImageFormat::Png } else { format };
    let (small_kind, small_bytes) = write(&small, small_format)?;
    let blurhash = blurred(&small)?;
    let (kind, bytes, width, height) = match negative {
        Negative::Still(picture) => write_still(picture, format)?,
        Negative::Moving(frames) => write_moving(frames)?,
    };
    Ok(Developed { kind, bytes, small_kind, small: small_bytes, width, height, blurhash })
}

fn too_many() -> Refusal {
    TOO_MANY_PIXELS.with("side", MOST_SIDE).with("pixels", MOST_PIXELS).with("frames", MOST_FRAMES)
}

fn refused(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => too_many(),
        ImageError::Unsupported(_) => NOT_A_PICTURE.into(),
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => BROKEN_PICTURE.into(),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

/// Reads one picture, upright. What it says of its size is judged before any pixel is read.
fn still(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    fits(width, height, 1)?;
    // Orientation is metadata, which goes: it has to be in the pixels before. One that cannot be
    // read is none.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    // So are the meanings of colours.
    let profile = decoder.icc_profile().ok().flatten();
    let meaning =
        if format == ImageFormat::Png { png::meaning(bytes, profile) } else { profile.map(Meaning::Profile) };
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(simple(to_srgb(picture, meaning)))
}

/// Eight bits a channel, and transparency only where something is transparent.
fn simple(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::from(picture).into_rgb8());
    }
    DynamicImage::ImageRgba8(picture)
}

fn fits(width: u32, height: u32, frames: usize) -> Result<(), Refusal> {
    let pixels = u64::from(width) * u64::from(height) * frames as u64;
    let fits = width <= MOST_SIDE && height <= MOST_SIDE && pixels <= MOST_PIXELS && frames <= MOST_FRAMES;
    if pixels == 0 {
        return Err(BROKEN_PICTURE.into());
    }
    if fits { Ok(()) } else { Err(too_many()) }
}

fn animation(bytes: &[u8]) -> Result<Vec<Frame>, Refusal> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(refused)?;
    decoder.set_limits(limits()).map_err(refused)?;
    let (width, height) = decoder.dimensions();
    // Counted before the first one is decoded.
    fits(width, height, gif::frames(bytes).max(1))?;
    let mut frames = Vec::new();
    for frame in decoder.into_frames() {
        fits(width, height, frames.len() + 1)?;
        frames.push(frame.map_err(refused)?);
    }
    if frames.is_empty() { Err(BROKEN_PICTURE.into()) } else { Ok(frames) }
}

type Written = (Kind, Vec<u8>, u32, u32);

/// As it came, or smaller where it would take up too much room.
fn write_still(mut picture: DynamicImage, format: ImageFormat) -> Result<Written, Refusal> {
    loop {
        let (kind, bytes) = write(&picture, format)?;
        if bytes.len() <= MOST_KEPT_BYTES {
            return Ok((kind, bytes, picture.width(), picture.height()));
        }
        let (width, height) = (smaller(picture.width()), smaller(picture.height()));
        picture = picture.resize_exact(width, height, FilterType::Triangle);
    }
}

fn write_moving(mut frames: Vec<Frame>) -> Result<Written, Refusal> {
    loop {
        let (width, height) = frames[0].buffer().dimensions();
        let bytes = write_frames(frames.clone())?;
        if bytes.len() <= MOST_KEPT_BYTES {
            return Ok((Kind::Gif, bytes, width, height));
        }
        let resized = |buffer: &RgbaImage| {
            imageops::resize(buffer, smaller(width), smaller(height), FilterType::Nearest)
        };
        frames = frames.iter().map(|f| Frame::from_parts(resized(f.buffer()), 0, 0, f.delay())).collect();
    }
}

/// Two thirds of a side.
fn smaller(side: u32) -> u32 {
    (side * 2 / 3).max(1)
}

fn write_frames(frames: Vec<Frame>) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, HASTE);
    if frames.len() > 1 {
        encoder.set_repeat(Repeat::Infinite).map_err(refused)?;
    }
    encoder.encode_frames(frames).map_err(refused)?;
    drop(encoder);
    Ok(bytes)
}

/// In the format it came in. WebP is written without loss, which is too much for photographs:
/// those become JPEG.
fn write(picture: &DynamicImage, format: ImageFormat) -> Result<(Kind, Vec<u8>), Refusal> {
    let mut bytes = Vec::new();
    if format == ImageFormat::Png {
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(refused)?;
        return Ok((Kind::Png, bytes));
    }
    if format == ImageFormat::WebP {
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::WebP).map_err(refused)?;
        if bytes.len() < MOST_KEPT_BYTES / 4 || picture.color().has_alpha() {
            return Ok((Kind::Webp, bytes));
        }
        bytes.clear();
    }
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    picture.write_with_encoder(encoder).map_err(refused)?;
    Ok((Kind::Jpeg, bytes))
}

fn shrunk(picture: &DynamicImage) -> DynamicImage {
    if picture.width() <= SMALL_SIDE && picture.height() <= SMALL_SIDE {
        return picture.clone();
    }
    picture.thumbnail(SMALL_SIDE, SMALL_SIDE)
}

fn blurred(small: &DynamicImage) -> Result<String, Refusal> {
    let tiny = small.thumbnail(32, 32).to_rgba8();
    blurhash::encode(4, 3, tiny.width(), tiny.height(), &tiny).map_err(|_| BROKEN_PICTURE.into())
}
