//! How many frames a GIF file has, without decoding any: a short file can hold a great many.

/// The number of image descriptors (GIF89a, section 20) as far as the file can be followed.
pub(super) fn frames(file: &[u8]) -> usize {
    let mut rest = Rest(file);
    let mut frames = 0;
    if rest.skip_screen().is_none() {
        return 0;
    }
    while let Some(block) = rest.byte() {
        let followed = match block {
            // An extension: a label, then blocks.
            0x21 => rest.skip(1).and_then(|()| rest.skip_blocks()),
            // An image: its place, perhaps a table of colours, the code size, then blocks.
            0x2c => {
                frames += 1;
                rest.skip(8)
                    .and_then(|()| rest.skip_colours())
                    .and_then(|()| rest.skip(1))
                    .and_then(|()| rest.skip_blocks())
            }
            _ => None,
        };
        if followed.is_none() {
            break;
        }
    }
    frames
}

/// What was not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }

    /// Signature and logical screen, with the global table of colours.
    fn skip_screen(&mut self) -> Option<()> {
        self.skip(10)?;
        let packed = self.byte()?;
        self.skip(2)?;
        self.skip_table(packed)
    }

    fn skip_colours(&mut self) -> Option<()> {
        let packed = self.byte()?;
        self.skip_table(packed)
    }

    fn skip_table(&mut self, packed: u8) -> Option<()> {
        if packed & 0x80 == 0 { Some(()) } else { self.skip(3 << ((packed & 7) + 1)) }
    }

    fn skip_blocks(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.skip(length.into())?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Frame, RgbaImage, codecs::gif::GifEncoder};

    use super::*;

    #[test]
    fn frames_are_counted_and_broken_files_end_somewhere() {
        for wanted in [1, 2, 7] {
            let mut file = Vec::new();
            let frames_of = (0..wanted).map(|_| Frame::new(RgbaImage::new(9, 5)));
            GifEncoder::new(&mut file).encode_frames(frames_of).expect("written");
            assert_eq!(frames(&file), wanted);
            for end in 0..file.len() {
                assert!(frames(&file[..end]) <= wanted);
            }
        }
        assert_eq!(frames(b"GIF89a"), 0);
    }
}
