//! A client that speaks to a [`super::TestApp`] over real HTTP.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;

/// A client that shows redirects instead of following them, and speaks no TLS: reading the system's
/// certificates takes longer than most tests.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.timeout(Duration::from_secs(60)).tls_certs_only([]).build().expect("a client")
}

/// A request that is being put together.
pub struct Call {
    request: RequestBuilder,
    line: String,
}

impl Call {
    pub(crate) fn new(client: &reqwest::Client, method: Method, url: &str) -> Self {
        Self { line: format!("{method} {url}"), request: client.request(method, url) }
    }

    /// Authenticates with an access token.
    #[must_use]
    pub fn bearer(mut self, token: impl AsRef<str>) -> Self {
        self.request = self.request.bearer_auth(token.as_ref());
        self
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.request = self.request.json(&body);
        self
    }

    /// Sends any body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.header("content-type", content_type).body(body.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    /// Sends it.
    ///
    /// # Panics
    /// If no answer arrives.
    pub async fn send(self) -> Reply {
        let answer = self.request.send().await.unwrap_or_else(|error| panic!("{}: {error}", self.line));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap_or_else(|error| panic!("{}: {error}", self.line)).to_vec();
        Reply { line: self.line, status, headers, bytes }
    }

    /// Sends it and expects this status; answers the body.
    ///
    /// # Panics
    /// On another status, with the body in the message.
    pub async fn expect(self, status: u16) -> Value {
        self.send().await.expect(status)
    }

    /// Sends it and expects a problem with this status and code; answers the problem.
    ///
    /// # Panics
    /// On anything else, with the body in the message.
    pub async fn refused(self, status: u16, code: &str) -> Value {
        let reply = self.send().await;
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.describe());
        assert_eq!(reply.json()["code"], code, "{}", reply.describe());
        reply.expect(status)
    }
}

/// What came back.
pub struct Reply {
    line: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The body, `null` if it is empty or not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// One header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Expects this status; answers the body.
    ///
    /// # Panics
    /// On another status, with the body in the message.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.describe());
        self.json()
    }

    fn describe(&self) -> String {
        format!("{} → {} {}", self.line, self.status, self.text())
    }
}
