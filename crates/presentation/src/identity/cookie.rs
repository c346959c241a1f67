//! The refresh token as a cookie, for browsers: no script can read it.
//!
//! A cookie comes along whoever causes the request, so using it needs a proof that one of our own
//! pages did: `Sec-Fetch-Site` or `Origin`, which every browser sends with a `POST`. A request with
//! neither does not come from a browser. `SameSite=Strict` is the second wall.

use madang_domain::{identity::errors::CROSS_SITE, shared::Failure};
use poem::{
    Request,
    http::header::{COOKIE, ORIGIN},
};

use crate::http::{Settings, url::BaseUrl};

/// The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
const SECURE_NAME: &str = "__Host-madang-refresh";
/// Over plain HTTP, on a developer's desk, browsers would refuse the prefix.
const PLAIN_NAME: &str = "madang-refresh";

pub(super) fn is_secure(request: &Request) -> bool {
    BaseUrl::of(request).starts_with("https://")
}

fn name(request: &Request) -> &'static str {
    if is_secure(request) { SECURE_NAME } else { PLAIN_NAME }
}

/// The token in the request's cookie, if there is one.
pub fn token(request: &Request) -> Option<String> {
    named(request, name(request))
}

/// The value of a cookie of the request.
pub(super) fn named(request: &Request, wanted: &str) -> Option<String> {
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == wanted)
        .map(|(_, token)| token.to_owned())
        .filter(|token| !token.is_empty())
}

/// The token in the request's cookie, if one of our pages sent it.
///
/// # Errors
/// `identity.cross_site`
pub fn own_token(request: &Request) -> Result<Option<String>, Failure> {
    let token = token(request);
    if token.is_some() && !is_own(request) {
        return Err(CROSS_SITE.into());
    }
    Ok(token)
}

fn is_own(request: &Request) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = header(ORIGIN.as_str());
    match header("sec-fetch-site") {
        Some("same-origin" | "none") => true,
        Some(_) => origin.is_some_and(|origin| is_allowed(request, origin)),
        None => origin.is_none_or(|origin| origin == BaseUrl::of(request) || is_allowed(request, origin)),
    }
}

fn is_allowed(request: &Request, origin: &str) -> bool {
    let settings = Settings::of(request);
    settings.is_some_and(|settings| settings.cors_origins.iter().any(|allowed| allowed == origin))
}

/// The header that hands the token to the browser.
pub fn set(request: &Request, token: &str, seconds: u64) -> String {
    let secure = if is_secure(request) { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}", name(request))
}

/// The header that takes it away.
pub fn clear(request: &Request) -> String {
    set(request, "", 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::proxy::TrustedProxies;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().header("cookie", "a=b; __Host-madang-refresh=T0ken; c=d");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.finish();
        request.extensions_mut().insert(Arc::new(Settings {
            public_url: Some("https://madang.example".into()),
            media_url: None,
            trusted_proxies: TrustedProxies::default(),
            cors_origins: vec!["https://app.example".into()],
            request_timeout: std::time::Duration::from_secs(1),
            rate_limits: false,
            cursor_key: [0; 32],
        }));
        request
    }

    #[test]
    fn only_our_own_pages_may_use_the_cookie() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://madang.example")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://other.madang.example")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://madang.example")], true),
            (&[("origin", "null")], false),
            (&[("origin", "http://madang.example")], false),
        ];
        for (headers, allowed) in cases {
            let found = own_token(&request(headers));
            assert_eq!(found.is_ok(), *allowed, "{headers:?}");
            assert!(found.is_err() || found.expect("checked").as_deref() == Some("T0ken"));
        }
    }

    #[test]
    fn a_secure_cookie_has_every_lock() {
        let cookie = set(&request(&[]), "T0ken", 60);
        assert_eq!(
            cookie,
            "__Host-madang-refresh=T0ken; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
    }
}
