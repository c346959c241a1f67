//! Headers that keep browsers from doing harm.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue, header},
};

use crate::http::url::BaseUrl;

/// Adds the security headers, and `Cache-Control` where nobody set it.
pub struct Headers;

impl<E: Endpoint> Middleware<E> for Headers {
    type Output = Guarded<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Guarded(endpoint)
    }
}

/// The endpoint behind [`Headers`].
pub struct Guarded<E>(E);

impl<E: Endpoint> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let secure = BaseUrl::of(&request).starts_with("https://");
        let mut answer = self.0.call(request).await?.into_response();
        let headers = answer.headers_mut();
        let mut keep = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        keep(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        keep(header::X_FRAME_OPTIONS, "DENY");
        keep(header::REFERRER_POLICY, "no-referrer");
        keep(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        // Most answers depend on who asks; a copy may be kept but must be asked for again.
        keep(header::CACHE_CONTROL, "private, no-cache");
        if secure {
            keep(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
        }
        Ok(answer)
    }
}
