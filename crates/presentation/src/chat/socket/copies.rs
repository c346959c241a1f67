//! A frame as each of many clients gets it.

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::http::url::Bases;

/// More copies of one frame are not kept; whoever comes with yet another base gets one of their own.
const KEPT: usize = 4;

/// Makes one copy of a frame for all clients that reach us in the same way. Nearly always these
/// are all there are, and share its bytes.
pub(super) struct Copies<'f> {
    frame: &'f Utf8Bytes,
    made: Vec<(&'f Bases, Utf8Bytes)>,
}

impl<'f> Copies<'f> {
    /// Of this frame.
    pub(super) fn of(frame: &'f Utf8Bytes) -> Self {
        Self { frame, made: Vec::new() }
    }

    /// The one for clients with these bases.
    pub(super) fn take(&mut self, bases: &'f Bases) -> Utf8Bytes {
        if let Some((_, copy)) = self.made.iter().find(|(made, _)| *made == bases) {
            return copy.clone();
        }
        let copy = complete(self.frame, bases);
        if self.made.len() < KEPT {
            self.made.push((bases, copy.clone()));
        }
        copy
    }
}

/// The copy for one client.
pub(super) fn complete(frame: &Utf8Bytes, bases: &Bases) -> Utf8Bytes {
    bases.complete(frame).map_or_else(|| frame.clone(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_reach_us_alike_share_the_bytes() {
        let (plain, picture) = (Utf8Bytes::from("{}"), Utf8Bytes::from(r#"{"avatarUrl":"/a.svg"}"#));
        let bases: Vec<Bases> =
            (0..10).map(|number| Bases::new(&format!("https://{number}.example"))).collect();
        let (mut of_plain, mut of_picture) = (Copies::of(&plain), Copies::of(&picture));
        for _ in 0..2 {
            for (number, bases) in bases.iter().enumerate() {
                assert_eq!(of_plain.take(bases).as_ptr(), plain.as_ptr());
                let expected = format!(r#"{{"avatarUrl":"https://{number}.example/a.svg"}}"#);
                assert_eq!(of_picture.take(bases).as_str(), expected);
            }
            assert_eq!(of_picture.made.len(), KEPT);
        }
        assert_eq!(of_picture.take(&bases[0]).as_ptr(), of_picture.take(&bases[0].clone()).as_ptr());
    }
}
