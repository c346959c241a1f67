//! A sealer without cryptography.

use madang_application::shared::Sealer;

/// Turns every bit around, which is enough to see that something was sealed.
#[derive(Clone, Copy, Debug)]
pub struct TestSealer;

impl Sealer for TestSealer {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        plain.iter().map(|byte| !byte).collect()
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(self.seal(sealed))
    }
}
