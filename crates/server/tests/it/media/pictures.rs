//! Pictures made on the spot, good and bad.

use std::io::Cursor;

use image::{DynamicImage, Frame, ImageFormat, Rgba, RgbaImage, codecs::gif::GifEncoder};

/// Red to the left, blue to the right, with a green corner at the top left.
pub(crate) fn scene(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, y| {
        if x < width / 4 && y < height / 4 {
            Rgba([0, 200, 0, 255])
        } else if x < width / 2 {
            Rgba([220, 0, 0, 255])
        } else {
            Rgba([0, 0, 220, 255])
        }
    }))
}

/// The scene in a format.
pub(crate) fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let scene = scene(width, height);
    let scene = if format == ImageFormat::Jpeg { DynamicImage::from(scene.to_rgb8()) } else { scene };
    scene.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture");
    bytes
}

/// A small PNG.
pub(crate) fn png() -> Vec<u8> {
    picture(ImageFormat::Png, 40, 30)
}

/// Frames of one size.
pub(crate) fn animation(frames: usize, side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
    let frame = |number: usize| Rgba([u8::try_from(number * 40 % 256).expect("a byte"), 0, 0, 255]);
    let frames = (0..frames).map(|number| Frame::new(RgbaImage::from_pixel(side, side, frame(number))));
    encoder.encode_frames(frames).expect("an animation");
    drop(encoder);
    bytes
}

/// What cameras write into JPEG files: the orientation, who made it, and where it was (Exif 2.3).
pub(crate) fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut bytes = Vec::new();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value);
        bytes
    };
    let [low, high] = orientation.to_le_bytes();
    // IFD0 with 3 entries takes 8 + 2 + 3 × 12 + 4 = 50 bytes; the GPS directory follows.
    tiff.extend(3u16.to_le_bytes());
    tiff.extend(entry(0x010f, 2, 4, *b"Cam\0"));
    tiff.extend(entry(0x0112, 3, 1, [low, high, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, 50u32.to_le_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(1u16.to_le_bytes());
    tiff.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    tiff.extend([0; 4]);
    [b"Exif\0\0".to_vec(), tiff].concat()
}

/// The file with a segment after its start (JPEG, ISO 10918-1 B.1.1).
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a short segment").to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// A PNG whose header speaks of this many pixels and whose data are a few bytes.
pub(crate) fn flood(width: u32, height: u32) -> Vec<u8> {
    let mut file = png();
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&file[12..29]).to_be_bytes();
    file[29..33].copy_from_slice(&sum);
    file
}

/// As in PNG chunks (ISO 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 },
        )
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A PNG with a chunk after its header.
pub(crate) fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let typed = [kind.as_slice(), content].concat();
    let length = u32::try_from(content.len()).expect("a short chunk").to_be_bytes();
    [&png[..33], &length, &typed, &crc(&typed).to_be_bytes(), &png[33..]].concat()
}
