//! Auth, Me and Users over HTTP.

pub mod admin;
mod archive;
mod auth;
pub mod body;
mod codes;
pub mod codes_dto;
pub mod cookie;
pub mod dto;
mod me;
mod social;
pub mod social_dto;
mod tokens;
mod users;
mod ways;

pub use admin::AdminApi;
pub use auth::AuthApi;
pub use codes::CodesApi;
pub use dto::UserSummary;
pub use me::MeApi;
pub use social::SocialApi;
pub use users::UsersApi;
pub use ways::WaysApi;

use poem_openapi::Tags;

/// Where the operations of `identity` stand in the document.
#[derive(Tags)]
pub enum Tag {
    /// Signing up, logging in, staying logged in and logging out.
    Auth,
    /// The caller's own account.
    Me,
    /// Other people.
    Users,
    /// Operating the service; for accounts with the role `admin`.
    Admin,
}
