//! Which web origins may call from a browser (Fetch, "CORS protocol").

use poem::{
    Request, Response,
    http::{HeaderValue, Method, header},
};

use crate::http::settings::Settings;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, \
                               Idempotency-Key, X-Request-Id, X-Refresh-Token";
const EXPOSED: &str = "X-Access-Token, Link, Location, ETag, RateLimit, RateLimit-Policy, Retry-After, \
                       X-Request-Id, Idempotency-Replayed";

/// What a browser wants to know before it lets a page see the answer. The configured origins are
/// let in; others get no CORS header, and so no answer.
pub(super) struct Cors {
    origin: Option<HeaderValue>,
    allowed: bool,
    preflight: bool,
}

impl Cors {
    /// What this request asks.
    pub(super) fn of(request: &Request, settings: &Settings) -> Self {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let allowed = origin.as_ref().is_some_and(|origin| {
            // An origin has no path; a configured slash at its end is a habit of address bars.
            let mut listed = settings.cors_origins.iter().map(|allowed| allowed.trim_end_matches('/'));
            listed.any(|allowed| allowed.as_bytes() == origin.as_bytes())
        });
        let preflight = origin.is_some()
            && request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Self { origin, allowed, preflight }
    }

    /// Whether the browser only asks whether it may ask.
    pub(super) fn is_preflight(&self) -> bool {
        self.preflight
    }

    /// Tells it.
    pub(super) fn tell(self, answer: &mut Response) {
        let headers = answer.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if self.preflight {
            let asked = "Access-Control-Request-Method, Access-Control-Request-Headers";
            headers.append(header::VARY, HeaderValue::from_static(asked));
        }
        let Some(origin) = self.origin.filter(|_| self.allowed) else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if self.preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
}
