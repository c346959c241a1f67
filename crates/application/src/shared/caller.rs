//! Who asks, and from where.

use std::net::IpAddr;

use async_trait::async_trait;
use madang_domain::shared::{Failure, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::OnceKey;

/// What an account may do beyond its own things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Operates the service.
    Admin,
}

/// Where a request comes from; known for everybody, logged in or not.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The client's address, as far as trusted proxies tell it.
    pub address: IpAddr,
    /// Cut to 200 characters.
    pub user_agent: Option<String>,
    /// The request's `Idempotency-Key`, for [`super::UnitOfWork::run_once`].
    pub once: Option<OnceKey>,
}

/// A logged-in person making a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// The session the access token belongs to.
    pub session: SessionId,
    /// Rights beyond one's own things.
    pub roles: Vec<Role>,
    /// Where the request comes from.
    pub origin: Origin,
}

impl Caller {
    /// Whether this person operates the service.
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
    }
}

/// Tells who is behind an access token.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The caller, whose session is alive.
    ///
    /// # Errors
    /// `Kind::Unauthenticated` with the reason: malformed, expired, or its session ended.
    async fn authenticate(&self, token: &str, origin: Origin) -> Result<Caller, Failure>;

    /// The caller behind an access token that expired, if the refresh token of the same session is
    /// alive; and a fresh access token. The refresh token stays as it is.
    ///
    /// # Errors
    /// As [`Self::authenticate`], and why the refresh token is refused.
    async fn renew(&self, token: &str, refresh: &str, origin: Origin) -> Result<Renewed, Failure>;

    /// Whose token it is, if nothing is wrong with it but that its session has ended. That is enough
    /// to repeat what its bearer was told before, and for nothing else.
    fn formerly(&self, token: &str) -> Option<UserId>;
}

/// A caller whose access token was renewed within a request.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// Who it is.
    pub caller: Caller,
    /// What to use from now on.
    pub access_token: String,
}

/// Watches over logins, for connections that live longer than a request.
pub trait LoginWatch: Send + Sync + 'static {
    /// When this access token ends by itself.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    fn ends_at(&self, token: &str) -> Result<Timestamp, Failure>;

    /// Whether this session has not been heard to have ended.
    fn holds(&self, session: SessionId) -> bool;
}
