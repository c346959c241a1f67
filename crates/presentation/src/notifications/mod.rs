//! Notifications over HTTP.

mod api;
pub mod dto;

pub use api::NotificationsApi;
