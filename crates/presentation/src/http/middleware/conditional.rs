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
        let known = request.headers().get(header::IF_NONE_MATCH).filter(|_| reads).cloned();
        let mut answer = self.0.call(request).await?.into_response();
        let (Some(known), Some(current)) = (known, answer.headers().get(header::ETAG)) else {
            return Ok(answer);
        };
        let (Ok(known), Ok(current)) = (known.to_str(), current.to_str()) else { return Ok(answer) };
        // Weak comparison, as the RFC asks for here.
        let same = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == current.trim_start_matches("W/");
        if answer.status() == StatusCode::OK && known.split(',').map(str::trim).any(same) {
            answer.set_status(StatusCode::NOT_MODIFIED);
            answer.headers_mut().remove(header::CONTENT_TYPE);
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            answer.set_body(Body::empty());
        }
        Ok(answer)
    }
}
