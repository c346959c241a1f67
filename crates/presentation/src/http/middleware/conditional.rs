//! `If-None-Match` (RFC 9110 13.1.2): a copy that is still good is not sent again.

use poem::{
    Body, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};

/// The copies a client has.
pub(super) struct Copies(Vec<HeaderValue>);

impl Copies {
    /// What a request to read says about them.
    pub(super) fn of(request: &Request) -> Self {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let tags = request.headers().get_all(header::IF_NONE_MATCH).iter();
        Self(tags.filter(|_| reads).cloned().collect())
    }

    /// Turns an answer whose `ETag` the client has into a 304.
    pub(super) fn spare(&self, answer: &mut Response) {
        if self.0.is_empty() || answer.status() != StatusCode::OK {
            return;
        }
        let Some(Ok(current)) = answer.headers().get(header::ETAG).map(|tag| tag.to_str()) else { return };
        // Weak comparison, as the RFC asks for here.
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        let current = opaque(current);
        let mut tags =
            self.0.iter().filter_map(|known| known.to_str().ok()).flat_map(|known| known.split(','));
        if tags.any(|tag| tag.trim() == "*" || opaque(tag.trim()) == current) {
            answer.set_status(StatusCode::NOT_MODIFIED);
            answer.headers_mut().remove(header::CONTENT_TYPE);
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            answer.set_body(Body::empty());
        }
    }
}
