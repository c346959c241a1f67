//! Notifications over HTTP.

mod api;
pub mod dto;
mod live;

pub use api::NotificationsApi;
pub use live::{NewsFrame, Newsboy};
