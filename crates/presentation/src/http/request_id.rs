//! A name for each request: taken from `X-Request-Id` if well formed, else made.

use std::sync::Arc;

use poem::Request;

/// The name of the request at hand, kept in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// The header in both directions.
    pub const HEADER: &'static str = "x-request-id";

    /// The request's id; empty outside the middleware.
    pub fn of(request: &Request) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(|| Self("".into()))
    }

    /// The client's own id where it is 1–128 characters of `[A-Za-z0-9._-]`, else a fresh one.
    pub fn take_or_make(request: &Request) -> Self {
        let sent = request.headers().get(Self::HEADER).and_then(|value| value.to_str().ok());
        let well_formed = |id: &&str| {
            (1..=128).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let made = |text: &mut [u8; 36]| Arc::from(&*uuid::Uuid::now_v7().hyphenated().encode_lower(text));
        Self(sent.filter(well_formed).map_or_else(|| made(&mut [0; 36]), Arc::from))
    }
}
