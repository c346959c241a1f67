//! Colours as everybody's screen takes them.
//!
//! A picture may come with a profile that says what its numbers mean; phones and cameras use ones
//! with more colours than sRGB. The profile goes with all else that is no pixel, so its meaning has
//! to be in the pixels before. PNG files may say the same in a few numbers (see `png`).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use image::{DynamicImage, GrayAlphaImage, GrayImage, Rgb, Rgba};
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

/// What the numbers of a picture mean.
pub(super) enum Meaning {
    /// An ICC profile, as it is in the file.
    Profile(Vec<u8>),
    /// The same of red, green and blue, made from what the file says otherwise.
    Told(Box<ColorProfile>),
}

/// The same colours as sRGB, eight bits a channel. A profile that cannot be read is none: most
/// programs show such a picture as if it were sRGB, too.
pub(super) fn to_srgb(picture: DynamicImage, meaning: Option<Meaning>) -> DynamicImage {
    let Some(meaning) = meaning else { return picture };
    let gray = !picture.color().has_color();
    let alpha = picture.color().has_alpha();
    // Profiles are written by strangers: whatever one does to its reader, the upload goes on.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let profile = match meaning {
            Meaning::Profile(bytes) => ColorProfile::new_from_slice(&bytes).ok()?,
            Meaning::Told(profile) => *profile,
        };
        let read = transform(&profile, gray, alpha)?;
        try_out(&read, gray, alpha).then_some(read)
    }));
    match read {
        Ok(Some(Read::Rgb(transform))) => coloured(picture, alpha, &*transform),
        Ok(Some(Read::Gray(transform))) => from_gray(&picture, alpha, &*transform),
        Ok(None) | Err(_) => picture,
    }
}

/// What a profile says the numbers are.
enum Read {
    /// Red, green and blue; of gray pictures all the same.
    Rgb(Arc<Transform8BitExecutor>),
    /// One number.
    Gray(Arc<Transform8BitExecutor>),
}

fn transform(profile: &ColorProfile, gray: bool, alpha: bool) -> Option<Read> {
    let to = if alpha { Layout::Rgba } else { Layout::Rgb };
    let build = |from: Layout| {
        profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default()).ok()
    };
    if profile.color_space == DataColorSpace::Rgb {
        return build(to).map(Read::Rgb);
    }
    // Of inks the decoder has made colours.
    let from_gray = gray && profile.color_space == DataColorSpace::Gray;
    let from = if alpha { Layout::GrayAlpha } else { Layout::Gray };
    from_gray.then(|| build(from).map(Read::Gray))?
}

/// Whether it works at all, on one pixel.
fn try_out(read: &Read, gray: bool, alpha: bool) -> bool {
    let alpha = usize::from(alpha);
    let (transform, channels) = match read {
        Read::Rgb(transform) => (transform, 3),
        Read::Gray(transform) => (transform, if gray { 1 } else { 3 }),
    };
    transform.transform(&[255, 255, 255, 255][..channels + alpha], &mut [0; 4][..3 + alpha]).is_ok()
}

/// Row by row, so that no second picture is in memory.
fn coloured(picture: DynamicImage, alpha: bool, transform: &Transform8BitExecutor) -> DynamicImage {
    let width = picture.width() as usize;
    let convert = |pixels: &mut [u8], row: usize| {
        let mut before = vec![0; row];
        for after in pixels.chunks_exact_mut(row) {
            before.copy_from_slice(after);
            // It worked on one pixel, and rows are as many as fit.
            let _ = transform.transform(&before, after);
        }
    };
    if alpha {
        let mut picture = picture.into_rgba8();
        convert(&mut picture, width * 4);
        picture.into()
    } else {
        let mut picture = picture.into_rgb8();
        convert(&mut picture, width * 3);
        picture.into()
    }
}

/// There are only 256 grays, so each is asked for once.
fn from_gray(picture: &DynamicImage, alpha: bool, transform: &Transform8BitExecutor) -> DynamicImage {
    let to = |gray: u8| {
        let (before, mut colour) = ([gray, 255], [gray, gray, gray, 255]);
        let alpha = usize::from(alpha);
        let _ = transform.transform(&before[..1 + alpha], &mut colour[..3 + alpha]);
        [colour[0], colour[1], colour[2]]
    };
    let table: Vec<[u8; 3]> = (0..=255).map(to).collect();
    let shown = |gray: u8| table[usize::from(gray)];
    if alpha {
        let gray: GrayAlphaImage = picture.to_luma_alpha8();
        let pixel = |x: u32, y: u32| {
            let [gray, alpha] = gray.get_pixel(x, y).0;
            let [red, green, blue] = shown(gray);
            Rgba([red, green, blue, alpha])
        };
        return image::RgbaImage::from_fn(gray.width(), gray.height(), pixel).into();
    }
    let gray: GrayImage = picture.to_luma8();
    image::RgbImage::from_fn(gray.width(), gray.height(), |x, y| Rgb(shown(gray.get_pixel(x, y).0[0]))).into()
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder, codecs};
    use madang_application::media::Darkroom;

    use super::*;
    use crate::media::ImageDarkroom;

    fn profile(profile: &ColorProfile) -> Vec<u8> {
        profile.encode().expect("a profile")
    }

    /// What a colour of Display P3 is in sRGB, by the matrix between the two (CSS Color 4, 10.2) and
    /// the curve they share.
    fn from_p3(colour: [u8; 3]) -> [f64; 3] {
        let linear = colour.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let matrix = [
            [1.224_940_1, -0.224_940_4, 0.0],
            [-0.042_030_1, 1.042_030_1, 0.0],
            [-0.019_641_7, -0.078_651_4, 1.098_293_1],
        ];
        matrix.map(|row| {
            let value: f64 = row.iter().zip(linear).map(|(share, channel)| share * channel).sum();
            let value = value.clamp(0.0, 1.0);
            255.0 * if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
        })
    }

    fn close(found: [u8; 3], wanted: [f64; 3], within: f64) -> bool {
        found.iter().zip(wanted).all(|(found, wanted)| (f64::from(*found) - wanted).abs() <= within)
    }

    /// A picture of one colour with a profile.
    fn written(mut encoder: impl ImageEncoder, profile: &[u8], colour: [u8; 3]) {
        encoder.set_icc_profile(profile.to_vec()).expect("a place for it");
        let pixels = colour.repeat(16 * 16);
        encoder.write_image(&pixels, 16, 16, ExtendedColorType::Rgb8).expect("written");
    }

    #[tokio::test]
    async fn c10_wide_colours_stay_what_they_were() {
        let wide = profile(&ColorProfile::new_display_p3());
        for colour in [[200, 60, 40], [20, 180, 90], [128, 128, 128], [255, 255, 255], [90, 40, 200]] {
            let (mut png, mut jpeg, mut webp) = (Vec::new(), Vec::new(), Vec::new());
            written(codecs::png::PngEncoder::new(&mut png), &wide, colour);
            written(codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100), &wide, colour);
            written(codecs::webp::WebPEncoder::new_lossless(&mut webp), &wide, colour);
            for bytes in [png, jpeg, webp] {
                let kept = ImageDarkroom::default().develop(bytes).await.expect("developed").bytes;
                let kept = image::load_from_memory(&kept).expect("a picture").to_rgb8();
                let found = kept.get_pixel(8, 8).0;
                assert!(close(found, from_p3(colour), 3.0), "{colour:?} became {found:?}");
            }
        }
    }

    #[test]
    fn grays_follow_their_profile_and_keep_what_shines_through() {
        // Half of the light is number 180 there, and number 188 in sRGB.
        let linear = profile(&ColorProfile::new_gray_with_gamma(2.0));
        let gray = GrayAlphaImage::from_pixel(4, 4, image::LumaA([180, 77]));
        let shown = to_srgb(gray.into(), Some(Meaning::Profile(linear.clone()))).into_rgba8();
        let [red, green, blue, alpha] = shown.get_pixel(1, 1).0;
        assert!(close([red, green, blue], [187.0; 3], 2.0) && alpha == 77, "{:?}", shown.get_pixel(1, 1));
        let opaque =
            to_srgb(GrayImage::from_pixel(4, 4, image::Luma([180])).into(), Some(Meaning::Profile(linear)))
                .into_rgb8();
        assert!(close(opaque.get_pixel(1, 1).0, [187.0; 3], 2.0), "{:?}", opaque.get_pixel(1, 1));
    }

    #[test]
    fn what_is_no_profile_changes_nothing() {
        let picture = DynamicImage::from(image::RgbImage::from_pixel(3, 2, Rgb([10, 200, 30])));
        let real = profile(&ColorProfile::new_display_p3());
        let same = to_srgb(picture.clone(), Some(Meaning::Profile(profile(&ColorProfile::new_srgb()))));
        assert!(close(same.to_rgb8().get_pixel(0, 0).0, [10.0, 200.0, 30.0], 1.0));
        for broken in [Vec::new(), vec![0; 128], real[..200].to_vec(), vec![0xff; 4_000]] {
            assert_eq!(to_srgb(picture.clone(), Some(Meaning::Profile(broken))), picture);
        }
        // Whatever is wrong in it, there is a picture in the end.
        for place in 0..real.len() {
            let mut odd = real.clone();
            odd[place] ^= 0x55;
            assert_eq!(to_srgb(picture.clone(), Some(Meaning::Profile(odd))).width(), 3);
        }
    }
}
