//! Finds out once per request who makes it.

use madang_application::shared::Caller;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::http::auth;

/// Remembers the caller for everything further in.
pub struct Identify;

/// The caller of the request at hand, kept in its extensions.
#[derive(Clone)]
pub(in crate::http) struct Identified(pub(in crate::http) Caller);

impl<E: Endpoint> Middleware<E> for Identify {
    type Output = Identifying<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Identifying(endpoint)
    }
}

/// The endpoint behind [`Identify`].
pub struct Identifying<E>(E);

impl<E: Endpoint> Endpoint for Identifying<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        // Credentials that do not hold are refused by the operation, if it needs any.
        if auth::bearer(&request).is_some()
            && let Ok(caller) = auth::authenticate(&request).await
        {
            tracing::Span::current().record("user_id", tracing::field::display(caller.user));
            request.extensions_mut().insert(Identified(caller));
        }
        Ok(self.0.call(request).await?.into_response())
    }
}
