//! What a PNG file says of its colours beside a profile (PNG, third edition, 4.3 and 11.3.2).
//!
//! The strongest word counts: `cICP`, then a profile, then `sRGB`, then `gAMA` with or without `cHRM`.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, MatrixCoefficients,
    ToneReprCurve, TransferCharacteristics,
};

use super::colours::Meaning;

/// `gAMA` of everything that is meant for common screens.
const COMMON_GAMMA: u32 = 45_455;
/// Gammas outside were not meant: they would make a picture black or white.
const GAMMAS: std::ops::RangeInclusive<u32> = 10_000..=1_000_000;
/// White and the primaries of sRGB, in hundred thousandths.
const SRGB: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
/// So bright is paper, in candela per square metre (ITU-R BT.2408, 3.1): what shines more is white.
const PAPER: f64 = 203.0;

#[derive(Default)]
struct Said<'p> {
    cicp: Option<&'p [u8]>,
    srgb: bool,
    gamma: Option<u32>,
    places: Option<[u32; 8]>,
}

/// What the numbers of a PNG file mean; `None` for sRGB, and where it does not say. `profile` is the
/// one in the file.
pub(super) fn meaning(bytes: &[u8], profile: Option<Vec<u8>>) -> Option<Meaning> {
    let said = read(bytes);
    if let Some(profile) = said.cicp.and_then(from_code_points) {
        return Some(Meaning::Told(Box::new(profile)));
    }
    if let Some(profile) = profile {
        return Some(Meaning::Profile(profile));
    }
    if said.srgb {
        return None;
    }
    from_numbers(said.gamma, said.places).map(|profile| Meaning::Told(Box::new(profile)))
}

/// What comes before the pixels. Sizes are checked, sums are not: the decoder looks at those of what it needs.
fn read(bytes: &[u8]) -> Said<'_> {
    let mut said = Said::default();
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let ([a, b, c, d], kind) = ([head[0], head[1], head[2], head[3]], &head[4..]);
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(data) = tail.get(..length).filter(|_| kind != b"IDAT") else { break };
        match kind {
            b"cICP" if length == 4 => said.cicp = Some(data),
            b"sRGB" => said.srgb = true,
            b"gAMA" => said.gamma = numbers::<1>(data).map(|[gamma]| gamma),
            b"cHRM" => said.places = numbers(data),
            _ => {}
        }
        rest = tail.get(length + 4..).unwrap_or_default();
    }
    said
}

fn numbers<const COUNT: usize>(data: &[u8]) -> Option<[u32; COUNT]> {
    let (words, rest) = data.as_chunks::<4>();
    let words: &[[u8; 4]; COUNT] = words.try_into().ok().filter(|_| rest.is_empty())?;
    Some(words.map(u32::from_be_bytes))
}

/// `cICP`: code points of ITU-T H.273. Only such are allowed as describe red, green and blue in full range.
fn from_code_points(data: &[u8]) -> Option<ColorProfile> {
    let &[primaries, transfer, 0, 1] = data else { return None };
    let color_primaries = CicpColorPrimaries::try_from(primaries).ok()?;
    ColorPrimaries::try_from(color_primaries).ok()?;
    let transfer = TransferCharacteristics::try_from(transfer).ok()?;
    // These are about light, not about a share of what a screen can do.
    let bright = if transfer == TransferCharacteristics::Smpte2084 {
        Some(curve(perceptual_quantizer))
    } else if transfer == TransferCharacteristics::Hlg {
        Some(curve(hybrid_log_gamma))
    } else {
        None
    };
    let transfer_characteristics = if bright.is_some() { TransferCharacteristics::Srgb } else { transfer };
    ToneReprCurve::try_from(transfer_characteristics).ok()?;
    let mut profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if let Some(curve) = bright {
        set(&mut profile, &curve);
    }
    Some(profile)
}

/// `gAMA` and `cHRM`. What is as good as sRGB is left as it is.
fn from_numbers(gamma: Option<u32>, places: Option<[u32; 8]>) -> Option<ColorProfile> {
    let gamma = gamma.filter(|gamma| GAMMAS.contains(gamma)).filter(|gamma| {
        // Within a twentieth nobody sees a difference.
        gamma.abs_diff(COMMON_GAMMA) > COMMON_GAMMA / 20
    });
    let places = places
        .filter(possible)
        .filter(|places| places.iter().zip(SRGB).any(|(place, usual)| place.abs_diff(usual) > 1_000));
    if gamma.is_none() && places.is_none() {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some([white_x, white_y, places @ ..]) = places {
        let at = |x: u32, y: u32| Chromaticity::new(x as f32 / 1e5, y as f32 / 1e5);
        let [rx, ry, gx, gy, bx, by] = places;
        let primaries = ColorPrimaries { red: at(rx, ry), green: at(gx, gy), blue: at(bx, by) };
        profile.update_rgb_colorimetry(at(white_x, white_y).to_xyyb(), primaries);
    }
    profile.cicp = None;
    if let Some(gamma) = gamma {
        let exponent = 1e5 / f64::from(gamma);
        set(&mut profile, &curve(|value| value.powf(exponent)));
    }
    Some(profile)
}

/// Whether these places on the map of colours (x, y) are of light, and span something around white.
fn possible(places: &[u32; 8]) -> bool {
    let at = |index: usize| (f64::from(places[index]) / 1e5, f64::from(places[index + 1]) / 1e5);
    let side = |(ax, ay): (f64, f64), (bx, by): (f64, f64), (cx, cy): (f64, f64)| {
        (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    };
    let (white, red, green, blue) = (at(0), at(2), at(4), at(6));
    let light = [white, red, green, blue].iter().all(|(x, y)| x + y <= 1.1 && *y > 0.0);
    let sides = [side(red, green, white), side(green, blue, white), side(blue, red, white)];
    light
        && white.1 > 0.05
        && sides.iter().all(|side| side.abs() > 0.001 && side.signum() == sides[0].signum())
}

fn set(profile: &mut ColorProfile, curve: &ToneReprCurve) {
    profile.cicp = None;
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve.clone());
}

/// A curve from numbers to light, both from 0 to 1.
fn curve(light: impl Fn(f64) -> f64) -> ToneReprCurve {
    let entry = |index: u32| (light(f64::from(index) / 4_095.0).clamp(0.0, 1.0) * 65_535.0).round() as u16;
    ToneReprCurve::Lut((0..4_096).map(entry).collect())
}

/// ITU-R BT.2100, table 4, relative to paper.
fn perceptual_quantizer(value: f64) -> f64 {
    let (m1, m2) = (2_610.0 / 16_384.0, 2_523.0 / 32.0);
    let (c1, c2, c3) = (3_424.0 / 4_096.0, 2_413.0 / 128.0, 2_392.0 / 128.0);
    let root = value.powf(1.0 / m2);
    10_000.0 * ((root - c1).max(0.0) / (c2 - c3 * root)).powf(1.0 / m1) / PAPER
}

/// ITU-R BT.2100, table 5, on a screen of 1,000 candela per square metre, relative to paper.
fn hybrid_log_gamma(value: f64) -> f64 {
    let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_73);
    let scene = if value <= 0.5 { value * value / 3.0 } else { (((value - c) / a).exp() + b) / 12.0 };
    1_000.0 * scene.powf(1.2) / PAPER
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma, codecs::png::PngEncoder};
    use madang_application::media::Darkroom;

    use super::*;
    use crate::media::ImageDarkroom;

    /// The sum at the end of each part (PNG 5.5).
    fn sum(bytes: &[u8]) -> u32 {
        let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
    }

    fn part(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut inner = kind.to_vec();
        inner.extend(data);
        [&u32::try_from(data.len()).expect("short").to_be_bytes()[..], &inner, &sum(&inner).to_be_bytes()]
            .concat()
    }

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A file of one colour that says these things before its pixels.
    fn saying(colour: [u8; 3], parts: &[Vec<u8>], profile: Option<&ColorProfile>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = PngEncoder::new(&mut file);
        if let Some(profile) = profile {
            encoder.set_icc_profile(profile.encode().expect("a profile")).expect("a place");
        }
        encoder.write_image(&colour.repeat(64), 8, 8, ExtendedColorType::Rgb8).expect("written");
        let head = 8 + 25;
        [&file[..head], &parts.concat(), &file[head..]].concat()
    }

    async fn shown(file: Vec<u8>) -> [u8; 3] {
        let kept = ImageDarkroom::default().develop(file).await.expect("developed").bytes;
        assert!(meaning(&kept, None).is_none(), "nothing is said any more");
        image::load_from_memory(&kept).expect("a picture").to_rgb8().get_pixel(4, 4).0
    }

    fn close(found: [u8; 3], wanted: [u8; 3]) -> bool {
        found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 3)
    }

    /// By the matrix from Display P3 (CSS Color 4, 10.2): its 200, 60, 40 and 20, 180, 90 in sRGB.
    const P3: [([u8; 3], [u8; 3]); 2] = [([200, 60, 40], [217, 42, 23]), ([20, 180, 90], [0, 183, 78])];
    const P3_PLACES: [u32; 8] = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000];

    #[tokio::test]
    async fn c10_colours_told_in_numbers_stay_what_they_were() {
        for (colour, wanted) in P3 {
            for said in [
                vec![part(b"cHRM", &words(&P3_PLACES)), part(b"gAMA", &words(&[COMMON_GAMMA]))],
                vec![part(b"cHRM", &words(&P3_PLACES))],
                vec![part(b"cICP", &[12, 13, 0, 1])],
                // The strongest word counts.
                vec![part(b"cICP", &[12, 13, 0, 1]), part(b"sRGB", &[0]), part(b"gAMA", &words(&[100_000]))],
            ] {
                let found = shown(saying(colour, &said, None)).await;
                assert!(close(found, wanted), "{colour:?} became {found:?}, not {wanted:?}");
            }
            let strange = ColorProfile::new_bt2020();
            let found = shown(saying(colour, &[part(b"cICP", &[12, 13, 0, 1])], Some(&strange))).await;
            assert!(close(found, wanted), "{found:?}: a profile is a weaker word");
        }
        // Half of the light, and a fifth of it, as numbers of light itself.
        for (linear, wanted) in [(128, 188), (51, 124), (0, 0), (255, 255)] {
            let said = [part(b"gAMA", &words(&[100_000]))];
            let found = shown(saying([linear; 3], &said, None)).await;
            assert!(close(found, [wanted; 3]), "{linear} became {found:?}");
            let mut gray = Vec::new();
            let picture = GrayImage::from_pixel(8, 8, Luma([linear]));
            picture.write_with_encoder(PngEncoder::new(&mut gray)).expect("written");
            let gray = [&gray[..33], &said.concat(), &gray[33..]].concat();
            let found = shown(gray).await;
            assert!(close(found, [wanted; 3]), "gray {linear} became {found:?}");
        }
    }

    #[tokio::test]
    async fn c10_what_shines_more_than_paper_is_white() {
        // 92 of 203 candela are three fifths of the way to white; 203 are white, and so are 1,000.
        for (transfer, colour, wanted) in [
            (16, 128, 179),
            (16, 148, 255),
            (16, 192, 255),
            (18, 191, 255),
            (18, 230, 255),
            (16, 0, 0),
            (18, 0, 0),
        ] {
            let found = shown(saying([colour; 3], &[part(b"cICP", &[9, transfer, 0, 1])], None)).await;
            assert!(close(found, [wanted; 3]), "{transfer}: {colour} became {found:?}");
        }
    }

    #[tokio::test]
    async fn what_says_nothing_new_or_nonsense_changes_nothing() {
        let colour = [200, 60, 40];
        let odd = |places: [u32; 8]| part(b"cHRM", &words(&places));
        for said in [
            vec![part(b"gAMA", &words(&[COMMON_GAMMA]))],
            vec![part(b"gAMA", &words(&[46_000])), odd(SRGB)],
            vec![part(b"sRGB", &[0]), part(b"gAMA", &words(&[100_000])), odd(P3_PLACES)],
            vec![part(b"gAMA", &words(&[u32::MAX]))],
            vec![odd([0; 8])],
            vec![odd([u32::MAX; 8])],
            vec![odd([31_270, 32_900, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000])],
            vec![odd([90_000, 10_000, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000])],
            // Not in full range, and of what nobody knows.
            vec![part(b"cICP", &[12, 13, 0, 0])],
            vec![part(b"cICP", &[2, 2, 0, 1])],
            vec![part(b"cICP", &[12, 200, 0, 1])],
            vec![part(b"cICP", &[250, 13, 0, 1])],
        ] {
            assert_eq!(shown(saying(colour, &said, None)).await, colour, "{said:?}");
        }
        // The decoder takes some of these for broken pictures.
        for broken in [
            part(b"gAMA", &words(&[0])),
            part(b"cICP", &[12, 13, 1, 1]),
            part(b"gAMA", &[1, 2]),
            part(b"cHRM", &[1, 2, 3]),
            part(b"cICP", &[12]),
            vec![0xff; 40],
        ] {
            assert!(meaning(&saying(colour, &[broken], None), None).is_none());
        }
        let cut = saying(colour, &[part(b"cHRM", &words(&P3_PLACES))], None);
        for length in 0..cut.len() {
            let _ = meaning(&cut[..length], None);
        }
    }
}
