//! Reports and feedback over HTTP.

mod admin;
mod api;
pub mod dto;

use poem_openapi::Tags;

pub use admin::ModerationAdminApi;
pub use api::ReportsApi;

/// The parts of the document.
#[derive(Tags)]
enum Tag {
    /// Follow, post, reply, like.
    Community,
    /// Other people.
    Users,
    /// Telling the operators.
    Feedback,
    /// Operating the service; for accounts with the role `admin`.
    Admin,
}
