//! Take pictures, keep them, hand them out, and sweep up what hangs nowhere.

mod farewell;
mod gallery;
pub mod ports;
mod service;

pub use farewell::MediaFarewell;
pub use gallery::Gallery;
pub use ports::{
    Darkroom, Developed, KeySource, LinkSigner, MediaQueries, MediaRepository, MediaStore, Quota,
};
pub use service::{Grant, MediaService, ServedPicture};
