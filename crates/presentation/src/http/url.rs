//! Absolute URLs: from the configured public base, else as the client reached us.

use poem::Request;

use super::{proxy::TrustedProxies, settings::Settings};

/// The part of our URLs before the path, without a trailing slash.
#[derive(Clone, Debug)]
pub struct BaseUrl;

impl BaseUrl {
    /// `https://madang.example`, or empty where even the `Host` header is missing.
    pub fn of(request: &Request) -> String {
        let Some(settings) = request.data::<std::sync::Arc<Settings>>() else { return String::new() };
        if let Some(public) = &settings.public_url {
            return public.trim_end_matches('/').to_owned();
        }
        let proxies: &TrustedProxies = &settings.trusted_proxies;
        proxies.host(request).map_or_else(String::new, |host| format!("{}://{host}", proxies.scheme(request)))
    }
}
