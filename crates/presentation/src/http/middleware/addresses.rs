//! Lets answers name absolute addresses without carrying the request along.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::http::{
    settings::Settings,
    url::{self, BaseUrl},
};

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
        let own = BaseUrl::of(&request);
        let settings = request.data::<Arc<Settings>>();
        let pictures = settings.and_then(|settings| settings.media_url.as_deref());
        let pictures = pictures.map_or_else(|| own.clone(), |url| url.trim_end_matches('/').to_owned());
        url::within(own, pictures, async { Ok(self.0.call(request).await?.into_response()) }).await
    }
}
