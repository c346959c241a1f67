//! What operations and middleware ask the request for.

use std::sync::Arc;

use madang_application::shared::{Authenticator, IdempotencyRecords, RateLimiter};
use poem::Request;

use crate::http::{routes::Routes, settings::Settings};

/// Kept in the extensions of every request, all of it as one; and the settings, which are asked
/// for the most, once more by themselves.
pub(in crate::http) struct Surroundings {
    /// The settings.
    pub(in crate::http) settings: Arc<Settings>,
    /// What the document says about each route.
    pub(in crate::http) routes: Routes,
    /// Who is behind a token.
    pub(in crate::http) authenticator: Arc<dyn Authenticator>,
    /// Request budgets.
    pub(in crate::http) limiter: Arc<dyn RateLimiter>,
    /// Answers kept for repeated requests.
    pub(in crate::http) records: Arc<dyn IdempotencyRecords>,
}

impl Surroundings {
    /// Puts them into a request.
    pub(in crate::http) fn lend(self: &Arc<Self>, request: &mut Request) {
        request.set_data(Arc::clone(&self.settings));
        request.set_data(Arc::clone(self));
    }

    /// Those of this request; it has some unless it went around the middleware.
    pub(in crate::http) fn of(request: &Request) -> Option<&Self> {
        request.data::<Arc<Self>>().map(Arc::as_ref)
    }
}
