//! Media in SQL, on disk or in S3, and the room where pictures are developed.

mod collector;
mod colours;
mod darkroom;
mod export;
mod gif;
mod links;
mod png;
mod queries;
mod repository;
mod rows;
mod store;

pub use collector::{MediaCollector, SweepRest};
pub use darkroom::ImageDarkroom;
pub use export::MediaExport;
pub use links::{HmacLinks, RandomKeys};
pub use store::{ObjectMediaStore, S3Settings};
