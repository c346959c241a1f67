//! Notifications over HTTP.

mod api;
pub mod dto;
mod live;
mod preferences;
mod push;
mod unsubscribing;

use poem_openapi::Tags;

pub use api::NotificationsApi;
pub use live::{NewsFrame, Newsboy};
pub use preferences::PreferencesApi;
pub use push::PushApi;
pub use unsubscribing::UnsubscribeApi;

/// The part of the document.
#[derive(Tags)]
enum Tag {
    /// What the caller is told.
    Notifications,
}
