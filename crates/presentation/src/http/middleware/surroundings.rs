//! What operations and middleware ask the request for.

use std::sync::Arc;

use madang_application::shared::{Authenticator, IdempotencyRecords, RateLimiter};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::http::{routes::Routes, settings::Settings};

/// Put into the extensions of every request: one layer for all of it, because each layer moves the
/// whole request.
#[derive(Clone)]
pub struct Surroundings {
    /// The settings.
    pub(in crate::http) settings: Arc<Settings>,
    /// What the document says about each route.
    pub(in crate::http) routes: Arc<Routes>,
    /// Who is behind a token.
    pub(in crate::http) authenticator: Arc<dyn Authenticator>,
    /// Request budgets.
    pub(in crate::http) limiter: Arc<dyn RateLimiter>,
    /// Answers kept for repeated requests.
    pub(in crate::http) records: Arc<dyn IdempotencyRecords>,
}

impl<E: Endpoint> Middleware<E> for Surroundings {
    type Output = Surrounded<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Surrounded { surroundings: self.clone(), endpoint }
    }
}

/// The endpoint behind [`Surroundings`].
pub struct Surrounded<E> {
    surroundings: Surroundings,
    endpoint: E,
}

impl<E: Endpoint> Endpoint for Surrounded<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let Surroundings { settings, routes, authenticator, limiter, records } = &self.surroundings;
        request.set_data(Arc::clone(settings));
        request.set_data(Arc::clone(routes));
        request.set_data(Arc::clone(authenticator));
        request.set_data(Arc::clone(limiter));
        request.set_data(Arc::clone(records));
        Ok(self.endpoint.call(request).await?.into_response())
    }
}
