//! Which web origins may call from a browser (Fetch, "CORS protocol").

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::http::settings::Settings;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, \
                               Idempotency-Key, X-Request-Id, X-Refresh-Token";
const EXPOSED: &str = "X-Access-Token, Link, Location, ETag, RateLimit, RateLimit-Policy, Retry-After, \
                       X-Request-Id, Idempotency-Replayed";

/// Lets the configured origins in; others get no CORS header, and so no answer in a browser.
pub struct Cors;

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = CrossOrigin<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        CrossOrigin(endpoint)
    }
}

/// The endpoint behind [`Cors`].
pub struct CrossOrigin<E>(E);

impl<E: Endpoint> Endpoint for CrossOrigin<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
            let mut answer = self.0.call(request).await?.into_response();
            answer.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
            return Ok(answer);
        };
        let allowed = request.data::<Arc<Settings>>().is_some_and(|settings| {
            // An origin has no path; a configured slash at its end is a habit of address bars.
            let listed = settings.cors_origins.iter().map(|allowed| allowed.trim_end_matches('/'));
            listed.into_iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
        });
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut answer = if preflight {
            StatusCode::NO_CONTENT.into_response()
        } else {
            self.0.call(request).await?.into_response()
        };
        let headers = answer.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if preflight {
            let asked = "Access-Control-Request-Method, Access-Control-Request-Headers";
            headers.append(header::VARY, HeaderValue::from_static(asked));
        }
        if allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
            if preflight {
                headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
                headers
                    .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
                headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
            }
        }
        Ok(answer)
    }
}
