//! Pictures: taken as they are, made harmless, kept until nothing shows them.

pub mod domain_events;
pub mod errors;
mod picture;

pub use picture::{
    Kind, MOST_BYTES, MOST_FRAMES, MOST_KEPT_BYTES, MOST_PIXELS, MOST_SIDE, Media, MediaName, SMALL_SIDE,
    Size,
};
