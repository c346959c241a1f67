//! Keeping secrets that must be stored but not be readable in a copy of the database.

/// Encrypts and authenticates small values with a key that is not in the database.
pub trait Sealer: Send + Sync + 'static {
    /// The value in a form only [`Self::open`] can read.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;

    /// The value again; `None` if it was damaged or sealed with another key.
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}
