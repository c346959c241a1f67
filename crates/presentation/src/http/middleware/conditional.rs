//! `If-None-Match` (RFC 9110 13.1.2): a copy that is still good is not sent again.

use poem::{
    Body, Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{Method, StatusCode, header},
};

/// Answers 304 to a `GET` whose `ETag` the client has.
pub struct Conditional;

impl<E: Endpoint> Middleware<E> for Conditional {
    type Output = Revalidated<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Revalidated(endpoint)
    }
}

/// The endpoint behind [`Conditional`].
pub struct Revalidated<E>(E);

impl<E: Endpoint> Endpoint for Revalidated<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let known: Vec<_> =
            request.headers().get_all(header::IF_NONE_MATCH).iter().filter(|_| reads).cloned().collect();
        let mut answer = self.0.call(request).await?.into_response();
        let Some(Ok(current)) = answer.headers().get(header::ETAG).map(|tag| tag.to_str()) else {
            return Ok(answer);
        };
        let mut tags =
            known.iter().filter_map(|known| known.to_str().ok()).flat_map(|known| known.split(','));
        // Weak comparison, as the RFC asks for here.
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        let current = opaque(current);
        let same = |tag: &str| tag == "*" || opaque(tag) == current;
        if answer.status() == StatusCode::OK && tags.any(|tag| same(tag.trim())) {
            answer.set_status(StatusCode::NOT_MODIFIED);
            answer.headers_mut().remove(header::CONTENT_TYPE);
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            answer.set_body(Body::empty());
        }
        Ok(answer)
    }
}
