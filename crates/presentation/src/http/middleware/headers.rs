//! Headers that keep browsers from doing harm.

use poem::{
    Response,
    http::{HeaderName, HeaderValue, header},
};

/// Adds the security headers, and `Cache-Control` where nobody set it. `secure` says whether the
/// client came over TLS.
pub(super) fn guard(answer: &mut Response, secure: bool) {
    let headers = answer.headers_mut();
    // Room for all that is added around an operation, at once.
    headers.reserve(12);
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
}
