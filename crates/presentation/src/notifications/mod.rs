//! Notifications over HTTP.

mod api;
mod dto;

pub use api::NotificationsApi;
