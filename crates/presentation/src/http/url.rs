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

/// The bases of the addresses in an answer, without trailing slashes.
struct Bases {
    own: String,
    pictures: String,
}

tokio::task_local! {
    static BASES: Bases;
}

/// Answers made by this work name addresses below these bases.
pub(super) async fn within<T>(own: String, pictures: String, work: impl Future<Output = T>) -> T {
    BASES.scope(Bases { own, pictures }, work).await
}

/// The absolute address of a path of ours. Outside a request, where nobody knows how the client
/// reaches us, the path itself.
pub fn absolute(path: &str) -> String {
    BASES.try_with(|bases| format!("{}{path}", bases.own)).unwrap_or_else(|_| path.to_owned())
}

/// The same for a picture, which may be fetched through another host.
pub fn picture(path: &str) -> String {
    BASES.try_with(|bases| format!("{}{path}", bases.pictures)).unwrap_or_else(|_| path.to_owned())
}
