//! What the HTTP face is told at start.

use std::{sync::Arc, time::Duration};

use poem::Request;

use super::proxy::TrustedProxies;

/// Settings of the HTTP face.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base of absolute URLs; else the request's own scheme and host.
    pub public_url: Option<String>,
    /// Base of the addresses of pictures, such as that of a CDN; else that of all others.
    pub media_url: Option<String>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// Origins that may call from a browser.
    pub cors_origins: Vec<String>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Whether budgets are enforced.
    pub rate_limits: bool,
    /// Key of the cursors' authentication codes.
    pub cursor_key: [u8; 32],
}

impl Settings {
    /// Those that hold for this request; it has some unless it went around the middleware.
    pub fn of(request: &Request) -> Option<&Self> {
        request.data::<Arc<Self>>().map(Arc::as_ref)
    }
}
