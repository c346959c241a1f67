//! Lets answers name absolute addresses without carrying the request along.

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::http::url::{self, Bases};

/// Remembers the base of our addresses while a request is worked on.
pub struct Addresses;

impl<E: Endpoint> Middleware<E> for Addresses {
    type Output = Addressed<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Addressed(endpoint)
    }
}

/// The endpoint behind [`Addresses`].
pub struct Addressed<E>(E);

impl<E: Endpoint> Endpoint for Addressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let bases = Bases::of(&request);
        url::within(bases, async { Ok(self.0.call(request).await?.into_response()) }).await
    }
}
