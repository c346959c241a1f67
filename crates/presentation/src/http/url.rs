//! Absolute URLs: from the configured public base, else as the client reached us.

use std::sync::Arc;

use poem::Request;

use super::{proxy::TrustedProxies, settings::Settings};

/// The part of our URLs before the path, without a trailing slash.
#[derive(Clone, Debug)]
pub struct BaseUrl;

impl BaseUrl {
    /// `https://madang.example`, or empty where even the `Host` header is missing.
    pub fn of(request: &Request) -> String {
        let Some(settings) = Settings::of(request) else { return String::new() };
        if let Some(public) = &settings.public_url {
            return public.trim_end_matches('/').to_owned();
        }
        let proxies: &TrustedProxies = &settings.trusted_proxies;
        proxies.host(request).map_or_else(String::new, |host| format!("{}://{host}", proxies.scheme(request)))
    }
}

/// The bases of the addresses in an answer, without trailing slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bases {
    own: Arc<str>,
    /// Where it is another.
    pictures: Option<Arc<str>>,
}

impl Bases {
    /// One base for everything.
    #[cfg(test)]
    pub(crate) fn new(own: &str) -> Self {
        Self { own: own.into(), pictures: None }
    }

    /// As this client reaches us.
    pub fn of(request: &Request) -> Self {
        let pictures = Settings::of(request).and_then(|settings| settings.media_url.as_deref());
        let pictures = pictures.map(|url| url.trim_end_matches('/').into());
        Self { own: BaseUrl::of(request).into(), pictures }
    }

    /// Whether this client reaches us over TLS.
    pub fn are_secure(&self) -> bool {
        self.own.starts_with("https://")
    }

    /// The address of a path of ours.
    pub fn own(&self, path: &str) -> String {
        format!("{}{path}", self.own)
    }

    /// The address of a picture of ours.
    fn picture(&self, path: &str) -> String {
        format!("{}{path}", self.pictures.as_ref().unwrap_or(&self.own))
    }

    /// JSON that was made outside a request, with absolute addresses; `None` if it holds no other.
    /// Only members whose names end in `url` are looked at; texts of people cannot look like one,
    /// because quotes in them are escaped.
    pub fn complete(&self, json: &str) -> Option<String> {
        let (path, picture) = (r#"rl":"/"#, r#"rl":"/v1/media/"#);
        json.contains(path).then(|| {
            let pictures = json.replace(picture, &format!(r#"rl":"{}"#, self.picture("/v1/media/")));
            pictures.replace(path, &format!(r#"rl":"{}/"#, self.own))
        })
    }
}

tokio::task_local! {
    static BASES: Bases;
}

/// Answers made by this work name addresses below these bases.
pub(super) async fn within<T>(bases: Bases, work: impl Future<Output = T>) -> T {
    BASES.scope(bases, work).await
}

/// The absolute address of a path of ours. Outside a request, where nobody knows how the client
/// reaches us, the path itself.
pub fn absolute(path: &str) -> String {
    BASES.try_with(|bases| bases.own(path)).unwrap_or_else(|_| path.to_owned())
}

/// The same for a picture, which may be fetched through another host.
pub fn picture(path: &str) -> String {
    BASES.try_with(|bases| bases.picture(path)).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_outside_a_request_is_completed() {
        let bases = Bases { own: "https://a.example".into(), pictures: Some("https://cdn.example".into()) };
        let json = serde_json::json!({
            "avatarUrl": "/assets/avatar.svg", "url": "/v1/media/x.png?for=y", "text": "\"avatarUrl\":\"/etc\"",
            "other": "/v1/me",
        });
        let done: serde_json::Value =
            serde_json::from_str(&bases.complete(&json.to_string()).unwrap()).unwrap();
        assert_eq!(
            done,
            serde_json::json!({
                "avatarUrl": "https://a.example/assets/avatar.svg",
                "url": "https://cdn.example/v1/media/x.png?for=y",
                "text": json["text"], "other": "/v1/me",
            })
        );
        assert_eq!(bases.complete(&done.to_string()), None);
    }
}
