//! Calls to providers: short, small, never redirected, never repeated,
//! and for a while none at all where they came to nothing.

use std::{pin::Pin, time::Duration};

use anyhow::Context;
use madang_application::identity::social::ProviderFault;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    redirect::Policy,
};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::breaker::Breaker;

const CONNECT: Duration = Duration::from_secs(2);

/// Answers have a few kilobytes.
const LARGEST: usize = 256 * 1024;

/// A provider that is slow must not tie up more of us than this.
const AT_ONCE: usize = 64;

/// The way to one provider.
pub(in crate::identity) struct Transport {
    client: Client,
    turns: Semaphore,
    breaker: Breaker,
}

/// What came back: JSON, with the status it came with.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

/// A call that gave nothing to look at.
#[derive(Debug, thiserror::Error)]
#[error("the call to the provider failed: {0:?}")]
pub(in crate::identity) struct Failed(pub(super) ProviderFault);

impl Transport {
    /// With this client.
    pub(in crate::identity) fn new(client: Client, breaker: Breaker) -> Self {
        Self { client, turns: Semaphore::new(AT_ONCE), breaker }
    }

    /// A client whose calls take no longer than `total`.
    pub(in crate::identity) fn client(total: Duration) -> anyhow::Result<Client> {
        Client::builder()
            .connect_timeout(CONNECT.min(total))
            .timeout(total)
            .redirect(Policy::none())
            // A connection that was closed while it lay idle would cost somebody their code, which
            // cannot be sent a second time.
            .pool_max_idle_per_host(0)
            .user_agent("madang")
            .build()
            .context("an HTTP client")
    }

    /// Whether the provider is to be left alone for a while.
    pub(super) fn check(&self) -> Result<(), ProviderFault> {
        self.breaker.check()
    }

    /// Sends a form, and takes whatever comes back: some answer nothing.
    pub(super) async fn form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Reply, ProviderFault> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(url).header(ACCEPT, "application/json").body(body);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        };
        let (status, _, bytes) = self.send(request).await?;
        Ok(Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    /// Asks for a document, as the holder of a token if one is given.
    pub(super) async fn get(&self, url: &str, token: Option<&str>) -> Result<Reply, ProviderFault> {
        let request = self.client.get(url).header(ACCEPT, "application/json");
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let (status, _, bytes) = self.send(request).await?;
        let body = serde_json::from_slice(&bytes).map_err(|_| ProviderFault::AnswerInvalid)?;
        Ok(Reply { status, body })
    }

    /// Asks for a text, with a header of one's own.
    pub(in crate::identity) async fn text(
        &self,
        url: &str,
        header: (&str, &str),
    ) -> Result<(StatusCode, String), ProviderFault> {
        let (status, _, bytes) = self.send(self.client.get(url).header(header.0, header.1)).await?;
        Ok((status, String::from_utf8(bytes).map_err(|_| ProviderFault::AnswerInvalid)?))
    }

    /// Sends what the `oauth2` crate made. An error that comes with 200 (Naver) becomes one with
    /// 400, which is what the crate looks for.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let (status, content_type, bytes) = self.send(request).await.map_err(Failed)?;
        let is_error = serde_json::from_slice::<Value>(&bytes)
            .is_ok_and(|body| body.get("error").is_some_and(|error| !error.is_null()));
        let status = match (status.is_success(), is_error) {
            (true, false) => 200,
            (true, true) => 400,
            (false, _) => status.as_u16(),
        };
        let mut response = oauth2::http::Response::builder().status(status);
        if let Some(content_type) = content_type {
            response = response.header(CONTENT_TYPE.as_str(), content_type);
        }
        response.body(bytes).map_err(|_| Failed(ProviderFault::AnswerInvalid))
    }

    async fn send(
        &self,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Option<String>, Vec<u8>), ProviderFault> {
        let _turn = self.turns.try_acquire().map_err(|_| ProviderFault::Unavailable)?;
        let leave = self.breaker.enter()?;
        let answer = Self::talk(request).await;
        match answer {
            Err(ProviderFault::Unavailable) => leave.failed(),
            _ => leave.answered(),
        }
        answer
    }

    async fn talk(request: RequestBuilder) -> Result<(StatusCode, Option<String>, Vec<u8>), ProviderFault> {
        let mut response = request.send().await.map_err(|_| ProviderFault::Unavailable)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(ProviderFault::Unavailable);
        }
        if status.is_redirection() {
            return Err(ProviderFault::AnswerInvalid);
        }
        let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = header.map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|_| ProviderFault::Unavailable)? {
            if bytes.len() + piece.len() > LARGEST {
                return Err(ProviderFault::AnswerInvalid);
            }
            bytes.extend_from_slice(&piece);
        }
        // Some gateways put a byte order mark in front, which JSON does not know (RFC 8259, 8.1).
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(bytes);
        Ok((status, content_type, bytes))
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = Failed;

    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failed>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}
