//! Finds out once per request who makes it.
//!
//! A request with an access token that expired is served all the same if it brings a live refresh
//! token of the same session as `X-Refresh-Token`; the answer has a fresh access token as
//! `X-Access-Token`.

use madang_application::shared::{Caller, Renewed};
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue, header},
};

use crate::http::{auth, problem::Context};

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-access-token");

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
        let mut renewed = None;
        // Credentials that do not hold are refused by the operation, if it needs any.
        if auth::bearer(&request).is_some() {
            let caller = match auth::authenticate(&request).await {
                Ok(caller) => Some(caller),
                Err(_) => auth::renew(&request).await.map(|Renewed { caller, access_token }| {
                    renewed = Some(access_token);
                    caller
                }),
            };
            if let Some(caller) = caller {
                tracing::Span::current().record("user_id", tracing::field::display(caller.user));
                request.extensions_mut().insert(Identified(caller));
            }
        }
        let Some(token) = renewed else { return Ok(self.0.call(request).await?.into_response()) };
        let context = Context::of(&request);
        let mut answer = match self.0.call(request).await {
            Ok(answer) => answer.into_response(),
            Err(error) => context.answer(error),
        };
        if let Ok(mut token) = HeaderValue::from_str(&token) {
            token.set_sensitive(true);
            answer.headers_mut().insert(ACCESS_TOKEN, token);
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Ok(answer)
    }
}
